// Bugs to be planted in src/derive/write.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: 'isNumber(term) ? undefined : known.get(term)',
        replace: 'known.get(term)',
        why: 'a gradient of 0 is written as a result that is 0',
      },
    ],
  },
]
