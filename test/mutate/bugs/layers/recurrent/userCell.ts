// Bugs to be planted in src/layers/recurrent/userCell.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'if (!sameShape(t.shape, shape))',
        replace: 'if (t.rank !== 2)',
        why: 'a state of another size',
      },
      {
        find: 'if (t.dtype !== x.dtype)',
        replace: 'if (t === null)',
        why: 'a state of another dtype',
      },
      {
        find: 'given.length !== names.length || !names',
        replace: '!names',
        why: 'a cell gives more than its states',
      },
      {
        find: '  if (expected !== got)',
        replace: '  if (got === undefined)',
        why: 'cells with other states are taken',
      },
      { find: "|| !('h' in stateSize)", replace: '', why: 'a cell without h' },
    ],
  },
]
