// Bugs to be planted in src/layers/module/state.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'if (strict) for (const name of unexpectedKeys)',
        replace: 'for (const name of [] as string[])',
        why: 'entries that no tensor takes are passed over in silence',
      },
      {
        find: 'strict ? [`${name}: missing`] : []',
        replace: '[]',
        why: 'a tensor that a state dict lacks stays as it is in silence',
      },
      {
        find: '(given.get(name) as Tensor).detach().clone()',
        replace: 'given.get(name) as Tensor',
        why: 'a state dict that holds the module’s own tensors, exchanged, is lost',
      },
    ],
  },
]
