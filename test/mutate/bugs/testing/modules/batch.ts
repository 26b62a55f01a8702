// Bugs to be planted in src/testing/modules/batch.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    tests: [
      'test/testing/sleep.test.ts',
      'test/testing/sleep.modules.test.ts',
      'test/testing/module.test.ts',
      'test/testing/module.rejects.test.ts',
    ],
    bugs: [
      {
        find: 'Math.max(0, ...wanted',
        replace: 'Math.max(1e-4, ...wanted',
        why: 'batches are compared in units of 1',
      },
    ],
  },
]
