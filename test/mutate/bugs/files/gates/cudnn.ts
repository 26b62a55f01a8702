// Bugs to be planted in src/files/gates/cudnn.ts.

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
        find: "LSTM: 'ifgo'",
        replace: "LSTM: 'iofg'",
        why: 'the gates of an LSTM are exchanged',
      },
      {
        find: 'weight_ih: ours(matricesOf(kind, kernel))',
        replace: 'weight_ih: ours(kernel.t())',
        why: "the kernels are read as Keras's own are",
      },
      {
        find: 'weight_hh: ours(matricesOf(kind, recurrent_kernel))',
        replace: 'weight_hh: ours(recurrent_kernel.t())',
        why: 'the recurrent kernels are read transposed',
      },
      {
        find: 'recurrent_kernel: columnsOf(kind, theirs(weight_hh))',
        replace: 'recurrent_kernel: theirs(weight_hh).t().clone()',
        why: 'the recurrent kernels are written transposed',
      },
      {
        find: 'const [bias_ih, bias_hh] =',
        replace: 'const [bias_hh, bias_ih] =',
        why: 'the biases are exchanged',
      },
    ],
  },
]
