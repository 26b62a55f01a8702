// Bugs to be planted in src/layers/dropout.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      { find: 'kept.mul(1 / (1 - p))', replace: 'kept', why: 'not scaled' },
      { find: '1 / (1 - p)', replace: '1 / p', why: 'scaled by 1/p' },
      { find: '.ge(p)', replace: '.lt(p)', why: 'keeps with probability p' },
      {
        find: 'this.training ? dropout',
        replace: '!this.training ? dropout',
        why: 'drops in evaluation',
      },
      {
        find: 'p < 1 ? kept.mul(1 / (1 - p)) : kept',
        replace: 'kept.mul(1 / (1 - p))',
        why: 'NaN for p = 1',
      },
      { find: 'x.mul(p < 1', replace: 'x.detach().mul(p < 1', why: 'off the tape' },
    ],
  },
]
