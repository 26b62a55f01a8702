// Bugs to be planted in src/files/safetensorsHeader.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'if (begin !== at || end < begin)',
        replace: 'if (begin > at || end < begin)',
        why: 'numbers of two tensors may overlap',
      },
      {
        find: 'if (bits > MOST) overflow()',
        replace: '',
        why: 'sizes beyond 64 bits are accepted',
      },
      {
        find: 'if (end !== BigInt(file.length - start))',
        replace: 'if (end > BigInt(file.length - start))',
        why: 'numbers behind the last tensor are left out in silence',
      },
      {
        find: '{ fatal: true, ignoreBOM: true }',
        replace: '{ ignoreBOM: true }',
        why: 'a name that is not UTF-8 becomes another one',
      },
      {
        find: '{ fatal: true, ignoreBOM: true }',
        replace: '{ fatal: true }',
        why: 'a byte order mark is skipped',
      },
    ],
  },
]
