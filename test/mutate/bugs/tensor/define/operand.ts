// Bugs to be planted in src/tensor/define/operand.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [{ find: 'requireSame(who, a.dtype, b.dtype)', replace: '', why: 'mixes dtypes' }],
  },
  {
    area: 'tape',
    bugs: [
      {
        find: 'const isShared = !unshared && ',
        replace: 'const isShared = ',
        why: 'a derivative of the caller’s receives the constant of all arithmetic',
      },
    ],
  },
]
