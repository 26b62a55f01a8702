// Bugs to be planted in src/testing/exact/relate.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      { find: 'div: [1, -1]', replace: 'div: [1, 1]', why: 'log a/b is log a + log b' },
      { find: 'sub: [1, -1]', replace: 'sub: [1, 1]', why: 'e to a − b is e to a + b' },
      {
        find: 'if (floats[places[k]] < 0) negInto',
        replace: 'if (floats[places[k]] > 1e300) negInto',
        why: '√x² is x',
      },
      {
        find: 'if (floats[k] < 0) negInto(size, 0, size, 0)\n    generators',
        replace: 'generators',
        why: 'the root of a square has the sign of the number',
      },
    ],
  },
]
