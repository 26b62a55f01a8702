// Bugs to be planted in src/derive/sequence.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: '`${above} + δh⁻${id}⟨${at.carry}⟩`',
        replace: '`${above}`',
        why: 'nothing is carried through time, as in two documents',
      },
      {
        find: "before: 't+1', carry: 't−1'",
        replace: "before: 't−1', carry: 't+1'",
        why: 'the reverse direction is written as the forward one',
      },
      {
        find: 'const range = k === 0 ?',
        replace: 'const range = k === 1 ?',
        why: 'the directions get each other’s gradients',
      },
    ],
  },
]
