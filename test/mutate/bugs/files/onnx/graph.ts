// Bugs to be planted in src/files/onnx/graph.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: "return plus === 0 ? product : this.emit('Add', [product, this.ints([plus])])",
        replace: 'return product',
        why: 'a size loses what is added to it',
      },
      {
        find: 'if (times !== 1) factors.push(this.ints([times]))\n',
        replace: '',
        why: 'a size loses its factor',
      },
    ],
  },
]
