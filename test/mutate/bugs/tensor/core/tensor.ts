// Bugs to be planted in src/tensor/core/tensor.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: ' && last.version === storage.version)',
        replace: ')',
        why: 'a transpose that was read once gives the old numbers for ever',
      },
      {
        find: 'last?.freed === null && last.copied',
        replace: 'last?.copied === true',
        why: 'a transpose cannot be read once the copy it was read by is recycled',
      },
      {
        find: ' && last.copied &&',
        replace: ' &&',
        why: 'a transpose is read by a copy that has become a sum of cotangents',
      },
      {
        find: '    copy.copied = true\n',
        replace: '',
        why: 'what is read of a transpose is changed without it',
      },
      {
        find: 'return this.transposed ? this.materialize().storedAddress() : this.storedAddress()',
        replace: 'return this.storedAddress()',
        why: 'a transpose is read as it is stored',
      },
      {
        find: '    if (transposed) noteTransposed(this)\n',
        replace: '',
        why: 'what a transpose is read by outlives the scope',
      },
    ],
  },
]
