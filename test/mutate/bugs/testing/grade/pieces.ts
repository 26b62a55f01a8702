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
      {
        find: 'const at = p.upstreamAt(t, T)',
        replace: 'const at = t',
        why: 'an upstream gradient that is off by one step is not seen',
      },
    ],
  },
]
