// Bugs to be planted in src/testing/flow/scale.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'isCausal && s > t ? [] : [norms[t][s]]',
        replace: '[norms[t][s]]',
        why: 'zeros of later steps are mixed into a cell',
      },
      { find: '/ Math.sqrt(numbers.length)', replace: '', why: 'a cell is a sum' },
      { find: 'all.push(n - 1)', replace: 'all.push(n - 2)', why: 'the longest lag is not shown' },
    ],
  },
]
