// Bugs to be planted in src/distributed/sameness.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'distributed',
    tests: ['test/distributed/training.test.ts', 'test/distributed/faults.test.ts'],
    bugs: [
      {
        find: '  module.loadStateDict(state)\n',
        replace: '',
        why: 'ranks begin with numbers of their own',
      },
      {
        find: '(t) => ` ${digestOf(t)}`',
        replace: "() => ''",
        why: 'other numbers on other ranks are not seen',
      },
      {
        find: 'all.get(name) === first.get(name) ? [] : k + 1',
        replace: 'all.has(name) ? [] : k + 1',
        why: 'tensors of other shapes are sent over each other',
      },
    ],
  },
]
