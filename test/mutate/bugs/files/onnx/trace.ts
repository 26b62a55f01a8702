// Bugs to be planted in src/files/onnx/trace.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'if (own.join() !== names[0].join())',
        replace: 'if (false)',
        why: 'ops that depend on a size are those of the first run',
      },
      {
        find: '      if (live.has(out))\n',
        replace: '      if (false)\n',
        why: 'numbers that are read become constants',
      },
    ],
  },
]
