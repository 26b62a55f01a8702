// Bugs to be planted in src/testing/flow/sequences.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'isBatchFirst ? n * T + t : t * N + n',
        replace: 'n * T + t',
        why: 'the batch is always first',
      },
      {
        find: 'batchFirst ?? (model as { batchFirst?: boolean }).batchFirst ?? true',
        replace: 'batchFirst ?? true',
        why: 'a layer is not asked for the order of its axes',
      },
      { find: 'y.shape[1] !== columns', replace: 'false', why: 'a result without steps passes' },
      {
        find: 'const leaf = x.detach().clone()',
        replace: 'const leaf = x',
        why: 'the given tensor becomes a leaf',
      },
    ],
  },
]
