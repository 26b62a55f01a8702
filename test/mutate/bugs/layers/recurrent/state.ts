// Bugs to be planted in src/layers/recurrent/state.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'return t.detach()',
        replace: 'return t',
        why: 'a state that is carried on stays on the tape',
      },
      {
        find: 'Array.isArray(t) ? Array.from(t, (item, l) => cut(`${name}[${l}]`, item))',
        replace: 'Array.isArray(t) ? t',
        why: 'the states of layers by themselves stay on the tape',
      },
      {
        find: 'if (state === undefined) return state\n',
        replace: '',
        why: 'there is no state before the first stretch',
      },
    ],
  },
]
