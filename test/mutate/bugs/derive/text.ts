// Bugs to be planted in src/derive/text.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: '&& /^N\\b/.test(String(x.dims[0]))',
        replace: '',
        why: 'Σₙ is printed over an axis that is none of rows',
      },
    ],
  },
]
