// Bugs to be planted in src/derive/blocks.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: 'at = to\n',
        replace: 'at = from\n',
        why: 'every gate is multiplied by the rows of the first one',
      },
      {
        find: 'return this.#slice(args[0], axis, start + from, start + to, 1)',
        replace: 'return this.#slice(args[0], axis, from, to, 1)',
        why: 'a part of a part is taken from the beginning of the weight',
      },
      {
        find: 'if (part.shape[axis] === 0) continue',
        replace: 'if (part.shape[axis] === 1) continue',
        why: 'joined parts of one column are lost',
      },
    ],
  },
]
