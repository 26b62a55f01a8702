// Bugs to be planted in src/layers/recurrent/rnn.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: "nonlinearity === 'tanh' ? rnn : rectified",
        replace: 'rnn',
        why: 'nonlinearity is passed over',
      },
      {
        find: "rectified = recurrenceOf('relu')",
        replace: "rectified = { ...recurrenceOf('relu'), step: rnn.step }",
        why: 'tanh for relu',
      },
      {
        find: "nonlinearity = 'tanh' }",
        replace: "nonlinearity = 'relu' }",
        why: 'relu by default',
      },
      {
        find: 'affine(hidden, weight_hh, bias_hh)',
        replace: 'affine(hidden, weight_hh, null)',
        why: 'the bias of h is passed over',
      },
    ],
  },
]
