// Bugs to be planted in src/derive/sequence.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: '`${above(n)} + ${n.name(`δh⁻${id}⟨${at.carry}⟩`)}`',
        replace: '`${above(n)}`',
        why: 'nothing is carried through time, as in two documents',
      },
      {
        find: 'const range = k === 0 ?',
        replace: 'const range = k === 1 ?',
        why: 'the directions get each other’s gradients',
      },
      {
        find: "x: below === undefined ? ['N', 'D'] : joinedShape(below)",
        replace: "x: ['N', 'D']",
        why: 'D is the size of x and that of the layer below',
      },
    ],
  },
]
