// Bugs to be planted in src/testing/gradients/against.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    tests: ['test/testing/sleep.test.ts', 'test/testing/sleep.modules.test.ts'],
    bugs: [
      {
        find: 'held < undecided || held + zeros === 0',
        replace: 'false',
        why: 'nothing compared passes',
      },
    ],
  },
]
