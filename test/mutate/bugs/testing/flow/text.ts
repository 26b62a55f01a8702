// Bugs to be planted in src/testing/flow/text.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'Math.log10(most) - Math.log10(x)',
        replace: '-Math.log10(x)',
        why: 'decades are counted from 1',
      },
      {
        find: "if (x === 0) return '·'",
        replace: "if (x < 1e-9) return '·'",
        why: 'what is small is said to be 0',
      },
    ],
  },
]
