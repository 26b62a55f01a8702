// Bugs to be planted in src/layers/recurrent/recurrence.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      { find: '1 / Math.sqrt(H)', replace: '1 / Math.sqrt(D)', why: 'drawn from the wrong range' },
      {
        find: 'if (isBias(name) && !bias) return',
        replace: 'if (isBias(name) && bias) return',
        why: 'biases where none are wanted',
      },
      {
        find: 'if (begin !== undefined) noGrad(() => begin(p))',
        replace: 'if (begin !== undefined && p === null) noGrad(() => begin(p))',
        why: 'first values that depend on the place',
      },
      {
        find: 'constant(shape, value, init)',
        replace: 'uniform(shape, value, init)',
        why: 'gains that are drawn',
      },
    ],
  },
]
