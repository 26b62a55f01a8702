// Bugs to be planted in src/derive/blocks.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: "if (arg.shape[axis] === 1) return behind(arg).op === 'leaf' ? arg : null",
        replace: 'if (arg.shape[axis] === 1) return arg',
        why: 'what is summed along packed gates is written as if it were summed along one',
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
