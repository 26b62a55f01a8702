// Bugs to be planted in src/testing/gradients/directions.ts.

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
        find: 'Math.floor(Math.log2(most / part) / APART)',
        replace: '0',
        why: 'small elements are summed with large ones',
      },
      {
        find: '!(most / least > 2 ** APART)',
        replace: 'true',
        why: 'small outputs are summed with large ones',
      },
      {
        find: 'weights[k] * (value - centre[k])',
        replace: 'weights[k] * value',
        why: 'large values are summed',
      },
      { find: 'return Math.round(v / unit) * unit', replace: 'return v', why: 'x + h is rounded' },
    ],
  },
]
