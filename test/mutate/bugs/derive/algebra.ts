// Bugs to be planted in src/derive/algebra.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: 'coefs.set(term, (coefs.get(term) ?? 0) + coef)',
        replace: 'coefs.set(term, coef)',
        why: 'of two equal terms of a sum one is lost',
      },
      {
        find: 'powers.set(term, (powers.get(term) ?? 0) + 1)',
        replace: 'powers.set(term, 1)',
        why: 'y ⊙ y is written y',
      },
      {
        find: 'return this.product([this.inverse(rest)], 1 / coef)',
        replace: 'return this.product([this.inverse(rest)], coef)',
        why: '1 / (2 y) is written 2 / y',
      },
      {
        find: '[p, rest(left)],',
        replace: '[q, rest(left)],',
        why: 'a − a ⊙ b is written −a ⊙ (1 + b)',
      },
    ],
  },
]
