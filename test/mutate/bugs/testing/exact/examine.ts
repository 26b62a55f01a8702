// Bugs to be planted in src/testing/exact/examine.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'free: [...names] }',
        replace: 'free: [] }',
        why: 'a difference that an identity may explain is called certain',
      },
      {
        find: 'if (this.#areEqual(array.product(us, pushed), array.product(pulled, directions))) return null',
        replace:
          'if (this.#areEqual(array.product(us, pushed), array.product(us, pushed))) return null',
        why: 'every derivative passes',
      },
      {
        find: '(this.#degree + meetings) * (2 + degree) ** roots',
        replace: 'this.#degree',
        why: 'the bound leaves out arguments that meet',
      },
      {
        find: 'if (formula === null || which < 0) continue',
        replace: 'if (formula === null || which >= 0) continue',
        why: 'formulas are not compared',
      },
      {
        find: 'const gradient = this.#firstApart(gradients, others.gradients)',
        replace: 'const gradient = this.#firstApart(gradients, gradients)',
        why: 'gradients of the other function are not compared',
      },
      {
        find: 'if (isFirst) high = middle\n      else low',
        replace: 'if (isFirst) low = middle\n      else low',
        why: 'the wrong element is named',
      },
    ],
  },
]
