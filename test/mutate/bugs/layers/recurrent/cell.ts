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
      {
        find: "    requireMatch(who, 'x', x, ['N', D], dtype)\n",
        replace: '',
        why: 'x of another size is taken',
      },
      {
        find: 'states(this.hiddenSize)',
        replace: 'states(this.inputSize)',
        why: 'the sizes of states are those of the input',
      },
      {
        find: '    requireInit(who, init)\n',
        replace: '',
        why: 'a wrong dtype or stream is taken',
      },
    ],
  },
]
