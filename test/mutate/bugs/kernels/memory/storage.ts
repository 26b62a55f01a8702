// Bugs to be planted in src/kernels/memory/storage.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    tests: ['test/tensor/ops/update.test.ts'],
    bugs: [
      {
        find: '    this.version++\n',
        replace: '',
        why: 'the copies that transposes were read by are not told of a change',
      },
    ],
  },
  {
    area: 'memory',
    tests: ['test/tensor/core/language.serialising.test.ts'],
    bugs: [
      {
        find: 'Object.assign([], {',
        replace: 'Object.assign([], null && {',
        why: 'a clone has lost its numbers',
      },
    ],
  },
]
