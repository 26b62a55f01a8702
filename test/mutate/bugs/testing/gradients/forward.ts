// Bugs to be planted in src/testing/gradients/forward.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    tests: [
      'test/testing/sleep.test.ts',
      'test/testing/sleep.modules.test.ts',
      'test/testing/forward.test.ts',
    ],
    bugs: [
      {
        find: 'levelled(held, Jv) ?? ',
        replace: '',
        why: 'the transpose of a small output is hidden',
      },
      {
        find: 'if (report.comparisons === 0) throw',
        replace: 'if (report.comparisons < 0) throw',
        why: 'nothing compared passes',
      },
    ],
  },
]
