// Bugs to be planted in src/testing/verdict.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'tape',
    tests: ['test/testing/matchers.test.ts'],
    bugs: [{ find: 'Number.isFinite(n) && ', replace: '', why: 'everything is close to infinity' }],
  },
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
        find: 'apart > tolerance + bound',
        replace: 'apart > tolerance + bound + 1e-8',
        why: 'a tolerance that is absolute',
      },
      {
        find: "? 'holds' : 'undecided'",
        replace: "? 'holds' : 'holds'",
        why: 'what cannot be told holds',
      },
      {
        find: "if (!Number.isFinite(apart)) return 'differs'",
        replace: '',
        why: 'NaN is undecided',
      },
      {
        find: 'return rtol * sizes[k]',
        replace: 'return rtol',
        why: 'a law that is absolute',
      },
    ],
  },
  {
    area: 'checkers',
    tests: ['test/testing/sleep.test.ts', 'test/testing/sleep.modules.test.ts'],
    bugs: [
      {
        find: "judge(a, n, 0, rtol) === 'holds'",
        replace: "judge(a, n, 0, rtol) === 'holds' || Math.abs(a - n) <= rtol",
        why: 'a reference is held to an absolute tolerance',
      },
    ],
  },
]
