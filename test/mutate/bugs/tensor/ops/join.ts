// Bugs to be planted in src/tensor/ops/join.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        op: 'cat',
        find: 'g.slice(axis, start, end)',
        replace: 'g.slice(axis, 0, end - start)',
        why: 'always the first piece',
      },
      {
        op: 'cat',
        find: 'end += input.shape[axis]',
        replace: 'if (needsGrad[i]) end += input.shape[axis]',
        why: 'pieces nobody wants are not skipped',
      },
      {
        op: 'stack',
        find: 'g.select(axis, i)',
        replace: 'g.select(axis, 0)',
        why: 'always the first place',
      },
      {
        op: 'cat',
        find: "const k = axisOf('cat', axis, first.rank)",
        replace: 'const k = Math.abs(axis)',
        why: 'a negative axis taken for a positive one',
      },
      {
        op: 'stack',
        find: "axisOf('stack', axis, first.rank + 1)",
        replace: "axisOf('stack', axis < 0 ? axis + first.rank : axis, first.rank + 1)",
        why: 'a negative axis counted without the new one',
      },
    ],
  },
  {
    area: 'tape',
    bugs: [
      {
        find: 'const tensors = [...given]',
        replace: 'const tensors = given',
        why: 'the caller’s list is the tape’s',
      },
    ],
  },
]
