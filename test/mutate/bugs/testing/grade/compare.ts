// Bugs to be planted in src/testing/grade/compare.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'Math.abs(value - b[k]) <= tolerance',
        replace: '!(Math.abs(value - b[k]) > tolerance)',
        why: 'NaN is right',
      },
      {
        find: 'TOLERANCE * Math.max(...b.map(Math.abs))',
        replace: 'TOLERANCE * 1000 * Math.max(...b.map(Math.abs))',
        why: 'a gradient that is off by a thousandth is right',
      },
      {
        find: 'String(shape) !== String(wanted) || shape === null',
        replace: 'shape === null',
        why: 'a wrong shape is right where its numbers are',
      },
      {
        find: "if (got === undefined || got === null) return [{ problem: 'missing' }]",
        replace: 'if (got === undefined || got === null) return []',
        why: 'a gradient that is left out is right',
      },
      {
        find: 'now.some((x, k) => !Object.is(x, numbers[k]))',
        replace: 'false',
        why: 'numbers may be changed in place',
      },
    ],
  },
]
