// Bugs to be planted in src/kernels/threads/pool.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    tests: ['test/kernels/threads/threads.lost.test.ts', 'test/kernels/threads/threads.test.ts'],
    bugs: [
      {
        find: 'const lost = this.#join(n - untaken - 1, began)',
        replace: 'const lost = null',
        why: 'the next call begins while others still do parts of one that failed',
      },
      {
        find: 'if (patience < 0) return',
        replace: 'if (patience < 0) return null && ',
        why: 'a part that was not done counts as done',
      },
      {
        find: 'scratch: scratch + i * scratchBytes',
        replace: 'scratch',
        why: 'threads pack their operands in one place',
      },
    ],
  },
]
