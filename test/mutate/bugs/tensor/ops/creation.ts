// Bugs to be planted in src/tensor/ops/creation.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: "if (kind === 'Int32Array') return 'int32'",
        replace: "if (data instanceof Int32Array) return 'int32'",
        why: 'whole numbers of another realm become float32',
      },
    ],
  },
]
