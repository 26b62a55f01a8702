// Bugs to be planted in src/tensor/core/blank.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: '  refuseInForward(maker)\n',
        replace: '',
        why: 'a forward that computes with tensors loses its result now and then',
      },
    ],
  },
]
