// Bugs to be planted in src/testing/gradients/gradients.ts.

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
        find: 'if (doubt !== null && !parts) throw doubt',
        replace: '',
        why: 'what no op settles passes',
      },
      {
        find: 'if (comparisons === 0 && !parts)\n        throw',
        replace: 'if (comparisons < 0) throw',
        why: 'nothing compared passes',
      },
      {
        find: 'levelled(drawn, slopes) ?? drawn',
        replace: 'drawn',
        why: 'second derivatives of small outputs are hidden',
      },
      { find: '    atol = 0,', replace: '    atol = 1e-8,', why: 'what is small need not be told' },
    ],
  },
]
