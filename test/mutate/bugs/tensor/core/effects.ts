// Bugs to be planted in src/tensor/core/effects.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'listener?.onEffect(what)',
        replace: 'undefined',
        why: 'random numbers are drawn for an example',
      },
      {
        find: '  listener = effects\n',
        replace: '',
        why: 'nobody hears of effects',
      },
    ],
  },
]
