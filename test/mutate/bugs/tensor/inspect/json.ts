// Bugs to be planted in src/tensor/inspect/json.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'tape',
    bugs: [
      {
        find: "if (Object.is(x, -0)) return '-0'\n",
        replace: '',
        why: '−0 becomes 0 in JSON',
      },
      {
        find: "if (!Number.isFinite(x)) return String(x) as 'NaN' | 'Infinity' | '-Infinity'\n",
        replace: '',
        why: 'NaN becomes null in JSON',
      },
      {
        find: 'FLOAT32_DIGITS = 9',
        replace: 'FLOAT32_DIGITS = 8',
        why: 'float32 numbers are rounded in JSON',
      },
    ],
  },
]
