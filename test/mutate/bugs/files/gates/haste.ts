// Bugs to be planted in src/files/gates/haste.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    tests: ['test/files/gates'],
    bugs: [
      {
        find: "GRU: 'zrn'",
        replace: "GRU: 'rzn'",
        why: 'the gates of a GRU are exchanged',
      },
      {
        find: "LSTM: 'igfo'",
        replace: "LSTM: 'ifgo'",
        why: 'the gates of an LSTM are exchanged',
      },
      {
        find: 'bias_hh: ours(recurrent_bias)',
        replace: 'bias_hh: ours(bias)',
        why: 'the second bias of a GRU is the first',
      },
      {
        find: '{ bias: bias.add(recurrent_bias) }',
        replace: '{ bias }',
        why: 'a bias is lost on the way to haste',
      },
      {
        find: "['fw_layer', 'bw_layer'] as const",
        replace: "['bw_layer', 'fw_layer'] as const",
        why: 'the directions are exchanged',
      },
    ],
  },
]
