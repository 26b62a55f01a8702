// Bugs to be planted in src/tensor/sequence/repeats.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'first.push(row) - 1',
        replace: 'first.push(row - 1) - 1',
        why: 'the row before the first of a kind',
      },
      {
        find: 'if (known !== undefined) return known',
        replace: 'if (known) return known',
        why: 'the first kind is forgotten each time',
      },
      {
        find: '2 * first.length < rowOf.length',
        replace: 'first.length < rowOf.length',
        why: 'adds up where nothing repeats',
      },
      {
        find: 'sums.matmul(weight)',
        replace: 'sums.mul(0).matmul(weight)',
        why: 'the table gets no gradient',
      },
      {
        find: 'sums.t().matmul(pickRows(x, first))',
        replace: 'sums.t().matmul(x.slice(0, 0, first.size))',
        why: 'the first rows for the first of each kind',
      },
      { find: 'dBias ? sums.sum(0)', replace: 'dBias ? sums.mean(0)', why: 'the mean for the sum' },
    ],
  },
]
