// Bugs to be planted in src/derive/trace.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: 'if (isOfMean === true && long.length === 1)',
        replace: 'if (long.length === 1)',
        why: 'a number by which a sum is divided becomes a letter',
      },
    ],
  },
]
