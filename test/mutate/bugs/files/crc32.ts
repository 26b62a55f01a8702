// Bugs to be planted in src/files/crc32.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'return ~crc >>> 0',
        replace: 'return crc >>> 0',
        why: 'the checksum is not that of zip',
      },
    ],
  },
]
