// Bugs to be planted in src/files/onnx/calls.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'numbers[run].every((x, i) => Object.is(x, numbers[0][i])),',
        replace: 'true,',
        why: 'a constant that differs from run to run is that of the first',
      },
      {
        find: 'if (numbers.some((own) => own.some((x) => !Object.is(x, number))))',
        replace: 'if (false)',
        why: 'a constant as wide as a named axis is its first number everywhere',
      },
    ],
  },
]
