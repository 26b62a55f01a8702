// Bugs to be planted in src/derive/lines.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: 'for (const { symbol } of outputs) this.#nameLabelled(symbol as Quantity)',
        replace: 'for (const { symbol } of []) this.#nameLabelled(symbol as Quantity)',
        why: 'an intermediate result takes the name of a result',
      },
    ],
  },
]
