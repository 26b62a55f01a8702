// Bugs to be planted in src/testing/grade/problem.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'form.sequence ? zeros([N, H]',
        replace: 'form.sequence && N === 0 ? zeros([N, H]',
        why: 'the memory of a sequence does not begin at zero',
      },
    ],
  },
]
