// Bugs to be planted in src/files/onnx/parts.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'if (end < 0) return graph.ints([-END])',
        replace: 'if (end < -9) return graph.ints([-END])',
        why: 'a flip ends before the first place',
      },
      {
        find: 'fromEnd.every((at) => at === fromEnd[0]) && fromEnd[0] < 0',
        replace: 'false',
        why: 'a place counted from the end is one counted from the front',
      },
      {
        find: '!used.has(k) && known === stride && x.shape[k] === attrs.shape[i]',
        replace: '!used.has(k) && x.shape[k] === attrs.shape[i]',
        why: 'axes of one size keep their places',
      },
    ],
  },
]
