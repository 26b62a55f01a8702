// Bugs to be planted in src/files/gates/keras.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    tests: ['test/files/gates'],
    bugs: [
      { find: "GRU: 'zrn'", replace: "GRU: 'rzn'", why: 'the gates of a GRU are exchanged' },
      { find: "LSTM: 'ifgo'", replace: "LSTM: 'iofg'", why: 'the gates of an LSTM are exchanged' },
      {
        find: 'bias_ih: ours(bias.select(0, 0)), bias_hh: ours(bias.select(0, 1))',
        replace: 'bias_ih: ours(bias.select(0, 1)), bias_hh: ours(bias.select(0, 0))',
        why: 'the biases of a GRU are exchanged',
      },
      {
        find: 'biases[0].add(biases[1])',
        replace: 'biases[0]',
        why: 'a bias is lost on the way to Keras',
      },
      {
        find: "kind === 'GRU' && resetAfter !== false ? 2 : 1",
        replace: "kind === 'GRU' ? 2 : 1",
        why: 'a GRU without reset_after is taken for one with it',
      },
    ],
  },
]
