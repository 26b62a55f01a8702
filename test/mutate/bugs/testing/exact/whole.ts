// Bugs to be planted in src/testing/exact/whole.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: '    if (k < 0) return\n',
        replace: '    if (k < 1) return\n',
        why: 'the first number is not compared',
      },
      {
        find: 'const got = [...again, ...pull(recordedOf(again), false)]',
        replace: 'const got = [...again, ...pull(recordedOf(again), true)]',
        why: 'gradients that are added up are not looked at',
      },
    ],
  },
]
