// Bugs to be planted in src/testing/gradients/extrapolation.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    tests: [
      'test/testing/sleep.test.ts',
      'test/testing/sleep.modules.test.ts',
      'test/testing/smooth.test.ts',
      'test/testing/gradients.test.ts',
    ],
    bugs: [
      {
        find: 'contradiction(value) - Math.abs(value - slope)',
        replace: '0',
        why: 'what fn is far away counts',
      },
    ],
  },
]
