// Bugs to be planted in src/derive/scanned.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: "before: 't+1', carry: 't−1'",
        replace: "before: 't−1', carry: 't+1'",
        why: 'the reverse direction is written as the forward one',
      },
    ],
  },
]
