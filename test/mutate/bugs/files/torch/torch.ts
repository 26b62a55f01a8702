// Bugs to be planted in src/files/torch/torch.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'if (before !== undefined) return before',
        replace: '',
        why: 'what is shared in a file is made again under each name',
      },
      {
        find: 'if (entries.has(key))',
        replace: 'if (false)',
        why: 'the keys 1 and "1" become one',
      },
      {
        find: "order !== '' && order !== 'little'",
        replace: 'false',
        why: 'big-endian numbers are read as little-endian ones',
      },
      {
        find: 'this.#open.has(value) || ',
        replace: '',
        why: 'a list that contains itself is followed to the limit of depth',
      },
      {
        find: 'if (entry.method !== 0)',
        replace: 'if (false)',
        why: 'compressed files of PyTorch are read',
      },
    ],
  },
]
