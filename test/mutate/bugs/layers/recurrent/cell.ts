// Bugs to be planted in src/layers/recurrent/cell.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'recurrence.step(p, x, before, before.h)',
        replace: 'recurrence.step(p, x, before, before.h.detach())',
        why: 'h off the tape',
      },
      {
        find: 'recurrence(who, init, [hiddenSize])',
        replace: 'recurrence(who, {}, [hiddenSize])',
        why: 'the options of the cell are passed over',
      },
    ],
  },
]
