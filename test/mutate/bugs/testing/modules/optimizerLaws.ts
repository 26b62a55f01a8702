// Bugs to be planted in src/testing/modules/optimizerLaws.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    tests: [
      'test/testing/sleep.test.ts',
      'test/testing/sleep.modules.test.ts',
      'test/testing/optimizer.test.ts',
      'test/testing/optimizer.rejects.test.ts',
    ],
    bugs: [
      {
        find: 'optimizer.paramGroups ?? [optimizer]',
        replace: '[optimizer]',
        why: 'the learning rates of groups are not examined',
      },
      {
        find: 'Math.max(rtol * moved, ',
        replace: 'Math.max(rtol, ',
        why: 'small steps are compared in units of 1',
      },
    ],
  },
]
