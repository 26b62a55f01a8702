// Bugs to be planted in src/tensor/core/shape.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: 'strides[k][axis] === merged[k][at]',
        replace: 'strides[k][axis] >= merged[k][at]',
        why: 'loops are merged that are walked differently',
      },
      {
        find: 'joins &&= strides[k][axis]',
        replace: 'joins = strides[k][axis]',
        why: 'loops are merged where only the last tensor walks them alike',
      },
      {
        find: 'if (joins) sizes[at] *= size',
        replace: 'if (joins) sizes[at] = size',
        why: 'a merged loop with the rounds of the outer one',
      },
      {
        find: 'advance(axis, -sizes[axis])',
        replace: '',
        why: 'an outer loop goes on from where the last round ended',
      },
      {
        find: 'inOrder &&= shape[i] === 1 ||',
        replace: 'inOrder = shape[i] === 1 ||',
        why: 'taken for a view by its first axis',
      },
      {
        find: 'strides[i] === step',
        replace: 'strides[i] >= step',
        why: 'a reading with gaps is taken for a view',
      },
    ],
  },
]
