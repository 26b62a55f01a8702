// Bugs to be planted in src/tensor/ops/reduce.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        op: 'sum',
        find: 'g.reshape([outer, 1, inner]).broadcastTo',
        replace: 'g.reshape([1, outer, inner]).broadcastTo',
        why: 'wrong axis',
      },
      {
        op: 'sum',
        find: 'add(at, at, from + o * step, 1, n, 0, 1, 0, 0)',
        replace: 'add(at, at, from, 1, n, 0, 1, 0, 0)',
        why: 'add-into: the first row’s cotangent for all',
      },
      {
        op: 'sum',
        find: 'add(at, at, from + o * inner * step, n, inner',
        replace: 'add(at, at, from, n, inner',
        why: 'add-into: the first block’s cotangent for all',
      },
      {
        op: 'sum',
        find: 'const at = to + o * n * inner * step',
        replace: 'const at = to + o * n * step',
        why: 'add-into: the wrong place',
      },
      {
        op: 'sum',
        find: 'n, inner, inner, 1, 0, 1)',
        replace: 'n, inner, inner, 1, inner, 1)',
        why: 'add-into: does not repeat the cotangent',
      },
      {
        op: 'mean',
        find: 'span.n === 0\n        ? sumSpan([x], span).add(NaN)\n        : ',
        replace: '',
        why: 'over an empty axis, NaN in the second order',
      },
      {
        op: 'mean',
        find: '.div(span.n)',
        replace: '.div(this.size)',
        why: 'divides by all elements, not by those summed',
      },
      {
        op: 'max',
        find: 'spread(g).div(winners.sum(1, true)).mul(winners)',
        replace: 'spread(g).mul(winners)',
        why: 'equal elements each take all',
      },
      {
        op: 'max',
        find: 'spread(g).div(winners.sum(1, true)).mul(winners)',
        replace: 'spread(g).div(winners.sum(1, true))',
        why: 'no mask',
      },
      {
        op: 'min',
        find: 'winners.sum(1, true)',
        replace: 'winners.sum()',
        why: 'shared among the winners of all groups',
      },
      {
        op: 'sum',
        find: 'x.permute([...rest, ...axes])',
        replace: 'x.permute([...axes, ...rest])',
        why: 'sums the other axes',
      },
      { op: 'sumTo', find: 'i < missing || ', replace: '', why: 'leading axes are not summed' },
      {
        op: 'sumTo',
        find: 'shape[i - missing] === 1 && n !== 1',
        replace: 'shape[i] === 1 && n !== 1',
        why: 'axes counted from the wrong end',
      },
      {
        find: 'if ((total | 0) !== total)\n    throw',
        replace: 'if (total !== total) throw',
        why: 'a sum of whole numbers wraps around',
      },
      {
        find: 'high += from[at] >> 16',
        replace: 'high += from[at] >>> 16',
        why: 'negative numbers are summed as large ones',
      },
      {
        find: '[high, low] = [0, 0]',
        replace: '[high, low] = [0, 0.5]',
        why: 'a sum of whole numbers is off',
      },
      {
        find: 'Math.floor(i / inner) * n * inner + (i % inner), n, inner)',
        replace: 'Math.floor(i / inner) * n * inner + (i % inner), n, 1)',
        why: 'whole numbers: neighbours for a column',
      },
    ],
  },
]
