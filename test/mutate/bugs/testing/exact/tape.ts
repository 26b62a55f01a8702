// Bugs to be planted in src/testing/exact/tape.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'if (this.#isCompared) requireNear(rule.name, by, out)',
        replace: '',
        why: 'a definition of another function passes',
      },
    ],
  },
]
