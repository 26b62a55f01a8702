// Bugs to be planted in src/files/onnx/rows.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: "    const parts = names.map((name) => graph.emit('Unsqueeze', [name, axes]))\n    return graph.emit('Concat', parts, { axis: attrs })",
        replace: "    return graph.emit('Concat', names, { axis: attrs })",
        why: 'stacked tensors are joined',
      },
    ],
  },
]
