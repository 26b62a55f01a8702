// Bugs to be planted in src/testing/exact/sides.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: '/ (da - db)',
        replace: '/ da',
        why: 'kinks are looked for by the left operand alone',
      },
      {
        find: '.filter(({ from, to }) => !this.#visited.some((x) => x > from && x < to))',
        replace: '.slice(-1)',
        why: 'only what lies beyond all kinks is tried',
      },
      {
        find: '.flatMap(({ reach }) => [reach, 1 / reach])',
        replace: '.flatMap(({ reach }) => [reach])',
        why: 'far bounds of a cotangent are seen on the right alone',
      },
    ],
  },
]
