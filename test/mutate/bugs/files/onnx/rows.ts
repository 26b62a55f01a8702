// Bugs to be planted in src/files/onnx/rows.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: "    const parts = call.names.map((name) => graph.emit('Unsqueeze', [name, axes]))\n    return graph.emit('Concat', parts, { axis })",
        replace: "    return graph.emit('Concat', call.names, { axis })",
        why: 'stacked tensors are joined',
      },
    ],
  },
]
