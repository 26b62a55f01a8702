// Bugs to be planted in src/testing/modules/examination.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    tests: [
      'test/testing/sleep.test.ts',
      'test/testing/sleep.modules.test.ts',
      'test/testing/module.test.ts',
      'test/testing/module.rejects.test.ts',
    ],
    bugs: [
      {
        find: 'this.laws.get(name)?.has(law) || this.isExempt(name)',
        replace: 'true',
        why: 'a law that no run could tell is kept',
      },
      {
        find: 'this.moved.has(name) || this.isExempt(name)',
        replace: 'this.moved.has(name)',
        why: 'nothing is exempt',
      },
      {
        find: "law !== 'gradient' || this.moved.has(name)",
        replace: 'law',
        why: 'an exempt parameter is said to receive a gradient',
      },
    ],
  },
]
