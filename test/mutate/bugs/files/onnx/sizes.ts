// Bugs to be planted in src/files/onnx/sizes.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'sizes.every((n, run) => n * times === numbers[run])',
        replace: 'true',
        why: 'a size that is no multiple of the first axis is taken for one',
      },
      {
        find: 'if (Number.isInteger(times) && fits)',
        replace: 'if (Number.isInteger(times))',
        why: 'a size is one of another axis in one run, and taken for it in all',
      },
      {
        find: "(plus === 0 ? '' : plus > 0 ? `+${plus}` : plus)",
        replace: "''",
        why: 'two sizes that differ by a number have one name, and one value',
      },
    ],
  },
]
