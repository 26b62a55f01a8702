// Bugs to be planted in src/tensor/transforms/recording.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'tape',
    bugs: [
      {
        find: 'withRecording(false, () => scoped(',
        replace: 'withRecording(true, () => scoped(',
        why: 'noGrad records',
      },
      {
        find: 'withRecording(true, () => unscoped(fn))',
        replace: 'withRecording(true, fn)',
        why: 'enableGrad inside noGrad: the graph is recycled with the scope',
      },
    ],
  },
]
