// Bugs to be planted in src/testing/gradients/evaluation.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    tests: ['test/testing/sleep.test.ts', 'test/testing/sleep.modules.test.ts'],
    bugs: [
      {
        find: 'Object.keys(formulas).length === 0',
        replace: 'false',
        why: 'a reference may name nothing',
      },
    ],
  },
]
