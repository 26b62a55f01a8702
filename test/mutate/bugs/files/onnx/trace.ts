// Bugs to be planted in src/files/onnx/trace.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: '    if (names(run).join() !== names(first).join())',
        replace: '    if (false)',
        why: 'ops that depend on a size are those of the first run',
      },
      {
        find: '      if (live.has(out))\n',
        replace: '      if (false)\n',
        why: 'numbers that are read become constants',
      },
      {
        find: '      if (i === 0) heard(fn, inputs)\n',
        replace: '',
        why: 'what is made at the first call alone is a part of the function',
      },
    ],
  },
]
