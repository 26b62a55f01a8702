// Bugs to be planted in src/testing/exact/exponentials.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: '    if (isNegative) subInto(out, k, ONE, 0, out, k)\n',
        replace: '',
        why: 'σ(−u) is σ(u)',
      },
      {
        find: '    this.note(known.value, 0, a, i, degree)\n',
        replace: '',
        why: 'e to a logarithm is any number',
      },
      {
        find: 'if (this.#relations.isRelated) this.#relate(u)\n      else ',
        replace: '',
        why: 'the square of eᵘ is not e²ᵘ',
      },
    ],
  },
]
