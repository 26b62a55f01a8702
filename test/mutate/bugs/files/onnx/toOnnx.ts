// Bugs to be planted in src/files/onnx/toOnnx.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: '    return offset === at[run] && out.size === rows[run] * width',
        replace: '    return out.size === rows[run] * width',
        why: 'the last state is taken for the first rows of the output',
      },
      {
        find: '  if (!isLive && !isSized) return\n',
        replace: '  if (!isLive) return\n',
        why: 'what has the size of a named axis is a constant',
      },
    ],
  },
]
