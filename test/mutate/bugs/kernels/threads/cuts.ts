// Bugs to be planted in src/kernels/threads/cuts.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    tests: ['test/kernels/threads/cuts.test.ts'],
    bugs: [
      {
        find: 'work, [p, m, v], call',
        replace: 'work, [p], call',
        why: 'the moments of Adam are still read when a thread was lost that wrote them',
      },
    ],
  },
  {
    area: 'kernels',
    tests: ['test/kernels/threads/cuts.test.ts'],
    bugs: [
      {
        find: '3, rowBytes, 0, 4)',
        replace: '3, rowBytes, 0, 0)',
        why: 'every thread copies the first rows',
      },
      {
        find: 'byRows ? [...args, from, to, 0, n] : [...args, 0, m, from, to]',
        replace: '[...args, 0, m, from, to]',
        why: 'columns where rows were meant',
      },
    ],
  },
]
