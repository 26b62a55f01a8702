// Bugs to be planted in src/files/onnx/graph.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'if (times !== 1 || factors.length === 0) factors.push(this.ints([times]))\n',
        replace: 'if (factors.length === 0) factors.push(this.ints([times]))\n',
        why: 'a size loses its factor',
      },
      {
        find: "size.map((term) => this.#term(term)).reduce((a, b) => this.emit('Add', [a, b])),",
        replace: 'this.#term(size[0]),',
        why: 'a size loses what is added to it',
      },
    ],
  },
]
