// Bugs to be planted in src/testing/grade/columns.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: "gate === 'g' ? 'c' : gate",
        replace: "gate === 'i' ? 'c' : gate === 'g' ? 'i' : gate",
        why: 'the candidate and the input gate change places',
      },
      {
        find: 'const [ft, it, cct, ot] = [y.f, y.i, y.g, y.o].map(matrix)',
        replace: 'const [ft, it, cct, ot] = [y.i, y.f, y.g, y.o].map(matrix)',
        why: 'the cache has the gates in another order',
      },
      {
        find: 'const [a_next, a_prev] = [matrix(h), matrix(hPrev)]',
        replace: 'const [a_next, a_prev] = [matrix(hPrev), matrix(h)]',
        why: 'the states before and after change places',
      },
    ],
  },
]
