// Bugs to be planted in src/testing/gradients/culprit.ts.

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
        find: ' && isRecorded(point, nodes)',
        replace: '',
        why: 'numbers read off the tape pass where rounding hides them',
      },
      {
        find: 'faultOf(node, 1, checkOp) === null',
        replace: 'node',
        why: 'ops that are not settled settle others',
      },
    ],
  },
]
