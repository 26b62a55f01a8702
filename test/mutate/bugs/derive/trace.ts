// Bugs to be planted in src/derive/trace.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: 'const isCut = !isRecorded && t.node !== null',
        replace: 'const isCut = false',
        why: 'what noGrad() cuts off is written as if gradients went through it',
      },
      {
        find: 'if (isOfMean === true && long.length === 1)',
        replace: 'if (long.length === 1)',
        why: 'a number by which a sum is divided becomes a letter',
      },
    ],
  },
]
