// Bugs to be planted in src/files/gates/kernels.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    tests: ['test/files/gates'],
    bugs: [
      {
        find: '{ [one]: forward, [other]: backward }',
        replace: '{ [one]: forward, [other]: forward }',
        why: 'a direction is lost',
      },
      {
        find: 'if (peephole !== undefined)',
        replace: 'if (false)',
        why: 'peepholes are lost on the way to other systems',
      },
      {
        find: 'given[name])',
        replace: 'given[both[0]])',
        why: 'both directions are the forward one',
      },
      {
        find: 'sameShape(bias.shape, other)',
        replace: 'false',
        why: 'the bias of another layer is refused without the remedy',
      },
    ],
  },
]
