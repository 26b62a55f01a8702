// Bugs to be planted in src/files/onnx/parts.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'return (call.attrs.args as Args)[i] === Infinity',
        replace: 'return true',
        why: 'a slice has no end',
      },
      {
        find: '[...call.names, all(END), all(-END), graph.ints(axes), all(-1)]',
        replace: '[...call.names, all(-1), all(0), graph.ints(axes), all(-1)]',
        why: 'a flip ends before the first place',
      },
      {
        find: '  if (call.attrs.args === undefined) return call.names[0]\n',
        replace: '',
        why: 'a permutation without an order is not written',
      },
    ],
  },
]
