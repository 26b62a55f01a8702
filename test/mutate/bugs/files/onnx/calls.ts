// Bugs to be planted in src/files/onnx/calls.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'numbers[run]?.every((x, i) => Object.is(x, numbers[0]?.[i])),',
        replace: 'true,',
        why: 'a constant that differs from run to run is that of the first',
      },
      {
        find: '|| !numbers.every(isRange))',
        replace: ')',
        why: 'constants that differ count from the first one',
      },
      {
        find: "    if (other !== undefined)\n      this.#written.refuse('the same axes",
        replace: "    if (false)\n      this.#written.refuse('the same axes",
        why: 'an axis or a step that depends on a size is that of the first run',
      },
    ],
  },
]
