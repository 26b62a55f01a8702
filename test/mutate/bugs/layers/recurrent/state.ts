// Bugs to be planted in src/layers/recurrent/state.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: '(t as Tensor).detach()])',
        replace: '(t as Tensor)])',
        why: 'a state that is carried on stays on the tape',
      },
      {
        find: 'if (state === undefined) return state\n',
        replace: '',
        why: 'there is no state before the first stretch',
      },
    ],
  },
]
