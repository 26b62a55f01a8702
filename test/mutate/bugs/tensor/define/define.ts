// Bugs to be planted in src/tensor/define/define.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'tape',
    bugs: [
      {
        find: 'call(deepCopy(inputs), ',
        replace: 'call(inputs, ',
        why: 'the caller’s list of inputs is the tape’s',
      },
      {
        find: 'deepCopy(attrs))',
        replace: 'attrs)',
        why: 'the caller’s attributes are the tape’s',
      },
      {
        find: '    if (given !== undefined) requireNoResult(op.name, given)\n',
        replace: '',
        why: 'a forward that returns its numbers gives whatever was in the memory',
      },
    ],
  },
]
