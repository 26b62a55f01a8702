// Bugs to be planted in src/files/onnx/recurrence.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: "isConstant && !every && lowered.plan.dtype === 'float32'",
        replace: "!every && lowered.plan.dtype === 'float32'",
        why: 'weights that depend on an input are those of the example',
      },
      {
        find: "    return onto === undefined ? sum : graph.emit('Add', [this.#nameOf(onto), sum])",
        replace: '    return sum',
        why: 'a product loses what it is added to',
      },
      {
        find: "const matrix = transposed ? graph.emit('Transpose', [stored], { perm: [1, 0] }) : stored",
        replace: 'const matrix = stored',
        why: 'a weight is not transposed',
      },
      {
        find: '  if (new Set(Array.from(plans, textOf)).size > 1)',
        replace: '  if (false)',
        why: 'a number of a cell that depends on a size is that of the first run',
      },
    ],
  },
]
