// Bugs to be planted in src/derive/states.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: '(lengths.get(letter)?.size ?? 0) > 1',
        replace: '(lengths.get(letter)?.size ?? 0) > 2',
        why: 'H has another length in the next layer',
      },
    ],
  },
]
