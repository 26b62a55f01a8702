// Bugs to be planted in src/layers/recurrent/options.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: '[name]: p = 0 }',
        replace: '[name]: p = 1 }',
        why: 'a state whose zoneout is not named stays as it was',
      },
      {
        find: 'if (wrong !== undefined)',
        replace: 'if (false)',
        why: 'zoneout of a state that is not there is passed over',
      },
      {
        find: "requireProbability(who, given === null ? 'zoneout'",
        replace: "if (given === null) requireProbability(who, given === null ? 'zoneout'",
        why: 'a zoneout by name of 2 is taken',
      },
      {
        find: '{ dropout, recurrentDropout, weightDrop }',
        replace: '{ dropout }',
        why: 'only dropout must be a probability',
      },
      {
        find: '{ bidirectional, bias, batchFirst, learnState }',
        replace: '{ bidirectional, bias, batchFirst }',
        why: 'learnState may be any value',
      },
    ],
  },
]
