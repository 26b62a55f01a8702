// Bugs to be planted in src/layers/recurrent/cell.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'project(x, this.weight_ih, this.bias_ih)',
        replace: 'project(x, this.weight_ih, null)',
        why: 'one bias forgotten',
      },
      {
        find: 'project(before.h, this.weight_hh, this.bias_hh)',
        replace: 'project(before.h, this.weight_hh, this.bias_ih)',
        why: 'one bias twice',
      },
      {
        find: 'return this.recurrence.step(z, before)',
        replace:
          'return this.recurrence.step(z.mul(1), stateOrZeros(who, names, undefined, [x.shape[0], H], dtype))',
        why: 'the state given is not used in the step',
      },
    ],
  },
]
