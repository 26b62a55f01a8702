// Bugs to be planted in src/derive/rules.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: "(t.node === null ? x : terms.fn('stop', x))",
        replace: 'x',
        why: 'a tensor that is cut off is written as if gradients went through it',
      },
      {
        find: 'terms.mul(g, terms.complement(terms.power(y, 2)))',
        replace: 'terms.mul(g, terms.complement(y))',
        why: 'the slope of tanh is written 1 − y',
      },
      {
        find: 'terms.mul(g, y, terms.complement(y))',
        replace: 'terms.mul(g, terms.complement(y))',
        why: 'the slope of σ is written 1 − y',
      },
      {
        find: "terms.compare('>', y, terms.number(0))",
        replace: "terms.compare('<', y, terms.number(0))",
        why: 'a gradient passes where relu is 0',
      },
      {
        find: 'const product = terms.matmul(x, terms.transpose(weight))',
        replace: 'const product = terms.matmul(x, weight)',
        why: 'x W is written for x Wᵀ',
      },
    ],
  },
]
