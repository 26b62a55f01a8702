// Bugs to be planted in src/tensor/ops/shape.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        op: 'broadcastTo',
        find: '(g, x) => g.sumTo(x.shape)',
        replace: '(g) => g',
        why: 'broadcasting not undone',
      },
      {
        op: 'slice',
        find: 'const offset = from * strides[k]',
        replace: 'const offset = 0',
        why: 'always from the start',
      },
      { op: 'slice', find: '    strides[k] *= step\n', replace: '', why: 'the step forgotten' },
      {
        op: 'flip',
        find: '(this.shape[k] - 1) * strides[k]',
        replace: 'this.shape[k] * strides[k]',
        why: 'one beyond the end',
      },
      {
        op: 'permute',
        find: 'strides: order.map((axis) => strides[axis])',
        replace: 'strides: order.map((_, i) => strides[order.indexOf(i)])',
        why: 'the inverse permutation',
      },
      {
        op: 'select',
        find: 'offset: at * strides[k],\n      strides: strides.toSpliced',
        replace: 'offset: at, strides: strides.toSpliced',
        why: 'place without its stride',
      },
      {
        op: 'chunk',
        find: '(i + 1) * step',
        replace: '(i + 1) * chunks',
        why: 'chunks of the wrong size',
      },
      {
        op: 'transpose',
        find: 'Math.min(a, b) === this.rank - 2',
        replace: 'Math.abs(a - b) === 1',
        why: 'neighbouring axes taken for the last two',
      },
    ],
  },
  {
    area: 'tape',
    bugs: [
      {
        find: 'unknown < 0 ? [...wish]',
        replace: 'unknown < 0 ? wish',
        why: 'the caller’s shape is the result’s: reshape',
      },
      {
        find: '{ shape: [...shape], offset: 0',
        replace: '{ shape, offset: 0',
        why: 'the caller’s shape is the result’s: broadcastTo',
      },
    ],
  },
]
