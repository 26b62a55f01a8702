// Bugs to be planted in src/testing/matchers.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'tape',
    bugs: [
      {
        find: 'firstChanged(a.toTypedArray(), b.toTypedArray()) < 0',
        replace: 'firstChanged(a.toTypedArray(), b.toTypedArray()) < 9',
        why: 'tensors of one shape are equal',
      },
      { find: ' ||\n    a.dtype !== b.dtype', replace: '', why: 'tensors of two dtypes are equal' },
      {
        find: 'atol + rtol * Math.abs(b)',
        replace: 'atol + rtol * Math.abs(a - b) + 1',
        why: 'numbers a whole one apart are close',
      },
    ],
  },
  {
    area: 'checkers',
    tests: ['test/testing/sleep.test.ts', 'test/testing/sleep.modules.test.ts'],
    bugs: [{ find: '[1] * size }', replace: '[1] }', why: 'small numbers are all close' }],
  },
]
