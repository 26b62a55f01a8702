// Bugs to be planted in src/files/onnx/reduce.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: '      if (runs.every((call) => isSpan(call, from, from + count)))',
        replace: '      if (isSpan(runs[0], from, from + count))',
        why: 'axes that have the right size in the first run alone are reduced',
      },
      {
        find: '  return sameShape(shape, out.shape) ? reduced : inShape(graph, call, reduced)',
        replace: '  return reduced',
        why: 'axes of size 1 are lost or stay',
      },
    ],
  },
]
