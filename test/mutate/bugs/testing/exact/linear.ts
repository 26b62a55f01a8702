// Bugs to be planted in src/testing/exact/linear.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'return isAdditive && isScaled',
        replace: 'return isAdditive',
        why: 'a clip at much is called linear',
      },
      {
        find: 'NEAR * largest',
        replace: '0 * largest',
        why: 'rounding is called a branch',
      },
    ],
  },
]
