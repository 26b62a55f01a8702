// Bugs to be planted in src/files/gates/onnx.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    tests: ['test/files/gates'],
    bugs: [
      { find: "GRU: 'zrn'", replace: "GRU: 'rzn'", why: 'the gates of a GRU are exchanged' },
      { find: "LSTM: 'iofg'", replace: "LSTM: 'ifgo'", why: 'the gates of an LSTM are exchanged' },
      {
        find: "['weight_ci', 'weight_co', 'weight_cf'] as const",
        replace: "['weight_ci', 'weight_cf', 'weight_co'] as const",
        why: 'peepholes go to ONNX in another order',
      },
      {
        find: 'const [weight_ci, weight_co, weight_cf]',
        replace: 'const [weight_ci, weight_cf, weight_co]',
        why: 'peepholes come from ONNX in another order',
      },
      {
        find: 'bias_ih: biases[0], bias_hh: biases[1]',
        replace: 'bias_ih: biases[1], bias_hh: biases[0]',
        why: 'the biases are exchanged',
      },
      {
        find: 'B?.select(0, k)',
        replace: 'B?.select(0, 0)',
        why: 'both directions have the biases of the first',
      },
      {
        find: 'P?.select(0, k).clone()',
        replace: 'P?.select(0, k)',
        why: 'peepholes share their numbers with the node',
      },
    ],
  },
]
