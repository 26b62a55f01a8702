// Bugs to be planted in src/testing/exact/tape.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'if (this.#isCompared) requireNear(rule.name, by, out, scale)',
        replace: '',
        why: 'a definition of another function passes',
      },
      {
        find: 'if (operandsOf(call).some((t) => this.#isLive(t))) this.#live.add(out)',
        replace: '',
        why: 'numbers of results may be read',
      },
      {
        find: 'this.hear(() => given(...inputs), `ops.${rule.name}`)',
        replace: 'this.hear(() => given(...inputs))',
        why: 'a definition may read numbers',
      },
    ],
  },
]
