// Bugs to be planted in src/derive/select.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: '([term, n]) => n > 1 && weigh(term) > SHORT && !this.#refs.has(term),',
        replace: '([term, n]) => n > 9 && weigh(term) > SHORT && !this.#refs.has(term),',
        why: 'what is used twice is written twice',
      },
    ],
  },
]
