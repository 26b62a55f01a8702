// Bugs to be planted in src/distributed/shard.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'distributed',
    tests: ['test/distributed/group.test.ts', 'test/distributed/resume.test.ts'],
    bugs: [
      {
        find: 'order[seen + k * size + rank]',
        replace: 'order[seen + rank * count + k]',
        why: 'the first examples of all ranks are not the first of the permutation',
      },
      {
        find: 'order[seen + k * size + rank]',
        replace: 'order[k * size + rank]',
        why: 'an epoch that goes on begins anew',
      },
      {
        find: 'new Generator(seed)',
        replace: 'new Generator(0)',
        why: 'all epochs have one permutation',
      },
    ],
  },
]
