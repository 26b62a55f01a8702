// Bugs to be planted in src/optim/parameters.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'optimisers',
    bugs: [
      {
        find: 'if (first !== undefined)',
        replace: 'if (false)',
        why: 'a parameter that occurs twice moves twice',
      },
      {
        find: 'names: read.map(({ name }) => name)',
        replace: 'names: null',
        why: 'names are dropped, and states go by position',
      },
      {
        find: 'readEntries(who, Array.from(given))',
        replace: 'readEntries(who, given)',
        why: 'holes in a list of entries are passed over',
      },
    ],
  },
]
