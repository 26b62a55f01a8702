// Bugs to be planted in src/testing/modules/module.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    tests: ['test/testing/sleep.test.ts', 'test/testing/sleep.modules.test.ts'],
    bugs: [
      {
        find: 'subject.parameters.length === 0',
        replace: 'false',
        why: 'a module without parameters passes',
      },
      { find: '!names.includes(name)', replace: 'false', why: 'exempt may name what is not there' },
    ],
  },
]
