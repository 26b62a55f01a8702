// Bugs to be planted in src/files/onnx/reduce.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: '  return isDone ? reduced : inShape(graph, call, reduced)',
        replace: '  return reduced',
        why: 'axes of size 1 are lost or stay',
      },
    ],
  },
]
