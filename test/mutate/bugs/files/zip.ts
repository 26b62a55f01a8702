// Bugs to be planted in src/files/zip.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'label.length === name.length ? 0 : UTF8',
        replace: '0',
        why: 'a name in UTF-8 is not marked as such',
      },
    ],
  },
]
