// Bugs to be planted in src/tensor/ops/ranges.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: 'while (n > 0 && atEnd(from + (n - 1) * step)) n--',
        replace: '',
        why: 'arange has its end',
      },
      {
        find: 'held === x ? to : rounded(to, dtype)',
        replace: 'to',
        why: 'arange has what float32 rounds to its end',
      },
      {
        find: 'held === x ? to : rounded(to, dtype)',
        replace: 'rounded(to, dtype)',
        why: 'arange leaves out an exact number below its end',
      },
      {
        find: '2 * i < steps ? start',
        replace: 'i < steps ? start',
        why: 'linspace goes beyond its end',
      },
    ],
  },
]
