// Bugs to be planted in src/layers/recurrent/watch.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    tests: ['test/testing/flow/gradientFlow.test.ts'],
    bugs: [
      { find: 'scans = outer', replace: 'scans = null', why: 'an inner watch ends the outer one' },
      {
        find: 'for (const scan of own) noteScan(scan)',
        replace: '',
        why: 'an inner watch hides scans from the outer one',
      },
    ],
  },
]
