// Bugs to be planted in src/testing/gradients/examine.ts.

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
        find: 'flat || Math.abs(bend[k]) <= rtol * Math.abs(value)',
        replace: 'true',
        why: 'the first look sees no kink',
      },
      { find: '!rounding && !(most <= atol)', replace: 'false', why: 'what is undecided passes' },
      {
        find: 'if (isWrong() && !rounding) throw',
        replace: 'if (analytic === 1e99) throw',
        why: 'what differs is undecided',
      },
      {
        find: 'slope = doubts.again()',
        replace: '',
        why: 'numbers that cancel on the way are forgotten',
      },
    ],
  },
]
