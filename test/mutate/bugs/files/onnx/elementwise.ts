// Bugs to be planted in src/files/onnx/elementwise.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: "const low = min === -Infinity ? x : graph.emit('Max', [x, name('min')])",
        replace: 'const low = x',
        why: 'a lower bound is lost',
      },
      {
        find: "  const small = graph.emit('Where', [isLost, x, mended])",
        replace: '  const small = mended',
        why: 'ln(1 + x) of a small x is no number',
      },
    ],
  },
]
