// Bugs to be planted in src/files/onnx/elementwise.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: "const low = min === -Infinity ? x : graph.emit('Max', [x, number(graph, min, dtype)])",
        replace: 'const low = x',
        why: 'a lower bound is lost',
      },
    ],
  },
]
