// Bugs to be planted in src/derive/notation.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: '/delta|epsilon/u.test(name)',
        replace: '/omega/u.test(name)',
        why: 'a result called delta looks in LaTeX as the mark of a gradient',
      },
    ],
  },
]
