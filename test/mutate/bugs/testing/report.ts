// Bugs to be planted in src/testing/report.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    tests: ['test/testing/sleep.test.ts', 'test/testing/sleep.modules.test.ts'],
    bugs: [
      {
        find: 'largest(x.filter(Number.isFinite))',
        replace: 'largest(x)',
        why: 'beside a NaN or an infinity nothing differs',
      },
    ],
  },
]
