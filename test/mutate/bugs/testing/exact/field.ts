// Bugs to be planted in src/testing/exact/field.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: '    a0 * b0 + 4 * (a1 * b2 + a2 * b1),',
        replace: '    a0 * b0 + 2 * (a1 * b2 + a2 * b1),',
        why: '2⁶³ is 2',
      },
      {
        find: 'const RUN = 256',
        replace: 'const RUN = 2 ** 20',
        why: 'long sums lose their last bits',
      },
      {
        find: '  if (lo === LIMB - 1 && mid === LIMB - 1 && hi === TOP - 1) lo = mid = hi = 0\n',
        replace: '',
        why: 'p is not 0',
      },
      {
        find: 'if (x < 0) negInto(out, k, out, k)',
        replace: '',
        why: 'negative constants lose their sign',
      },
      {
        find: "'1'.repeat(59)}01`",
        replace: "'1'.repeat(59)}11`",
        why: 'the inverse is 1',
      },
    ],
  },
]
