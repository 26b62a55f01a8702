// Bugs to be planted in src/testing/grade/pieces.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'order.map((_, t) => computed[order.indexOf(t)] as Tensor)',
        replace: 'computed',
        why: 'the right pieces leave the inputs in the order of the loop',
      },
      { find: 'less(y.square())', replace: 'less(y)', why: 'the right slope of tanh is a mistake' },
    ],
  },
]
