// Bugs to be planted in src/kernels/compile.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/kernels/engine.test.ts'],
    bugs: [
      {
        find: 'versions?.bun || ',
        replace: '',
        why: 'flags of V8 are set in a runtime without V8',
      },
      {
        find: 'if (!keep) v8',
        replace: 'if (keep) v8',
        why: 'a flag of V8 stays on',
      },
    ],
  },
]
