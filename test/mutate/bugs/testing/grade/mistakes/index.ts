// Bugs to be planted in src/testing/grade/mistakes/index.ts.

import type { Table } from '../../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    tests: ['test/testing/grade/mistakes.test.ts'],
    bugs: [
      {
        find: 'all.filter((one) => canBeMadeIn(form, one))',
        replace: '[...all]',
        why: 'a mistake is named that cannot be made there',
      },
    ],
  },
]
