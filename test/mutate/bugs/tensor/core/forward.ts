// Bugs to be planted in src/tensor/core/forward.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: '    runningForward = null\n    forwardCall = 0\n  }',
        replace: '  }',
        why: 'after a forward that threw no tensor can be made',
      },
      { find: '  runningForward = op\n', replace: '', why: 'no forward is known to run' },
      {
        find: 'call !== forwardCall',
        replace: 'forwardCall === 0',
        why: 'numbers that a forward kept are read in the next one, when they may have moved',
      },
    ],
  },
]
