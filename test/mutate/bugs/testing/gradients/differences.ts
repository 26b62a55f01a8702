// Bugs to be planted in src/testing/gradients/differences.ts.

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
        find: '(EPSILON * size) / h',
        replace: '(EPSILON * 0 * size) / h',
        why: 'rounding is not counted',
      },
      {
        find: 'small.filter((step) => step < bottom)',
        replace: '[]',
        why: 'no steps as small as the inputs',
      },
      {
        find: 'FINE.map((p) => unit * 2 ** p)',
        replace: '[]',
        why: 'no steps below the usual ones',
      },
      {
        find: 'COARSE.map((p) => unit * 2 ** p)',
        replace: '[]',
        why: 'no steps above the usual ones',
      },
      {
        find: 'bound && bound <= rtol * near',
        replace: 'bound',
        why: 'a derivative of 0 holds wherever rounding hides another',
      },
      {
        find: 'Math.abs(value) <= bound && bound <=',
        replace: 'bound <=',
        why: 'a derivative of 0 is taken for any other',
      },
      {
        find: 'change < Math.abs(analytic) / 2',
        replace: 'change < 0',
        why: 'what cancels is compared to the change of nothing',
      },
      {
        find: 'before(finest) / 4, 1e-6',
        replace: 'before(finest) * 4, 1e-6',
        why: 'kinks are not seen',
      },
      { find: '!(last.length === 4 && grows)', replace: 'true', why: 'jumps are not seen' },
    ],
  },
]
