// Bugs to be planted in src/tensor/core/language.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: "['data', 'ptr']",
        replace: "['ptr']",
        why: 'data of a tensor is undefined in silence',
      },
      {
        find: 'EXPECT in globalThis ? undefined : iterate',
        replace: 'EXPECT in globalThis ? undefined : undefined',
        why: 'Array.from gives [] in silence',
      },
      {
        find: ' || EXPECT in globalThis',
        replace: '',
        why: 'toEqual of a tensor with itself throws',
      },
    ],
  },
]
