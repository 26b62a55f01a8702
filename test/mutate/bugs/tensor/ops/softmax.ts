// Bugs to be planted in src/tensor/ops/softmax.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        op: 'logSumExp',
        find: 'g.unsqueeze(-1).mul(x.sub(total.unsqueeze(-1)).exp())',
        replace: 'x.sub(total.unsqueeze(-1)).exp()',
        why: 'ignores the cotangent',
      },
      {
        op: 'logSumExp',
        find: 'x.sub(total.unsqueeze(-1)).exp()',
        replace: 'x.exp()',
        why: 'not normalised',
      },
      {
        op: 'logSumExp',
        find: 'const total = y.where(y.ne(-Infinity), 0)',
        replace: 'const total = y',
        why: 'NaN where nothing weighs anything',
      },
      {
        op: 'softmax',
        find: 'vjp: (g, { y }) => [softmaxGrad([g, y])]',
        replace: 'vjp: (g, { y }) => [softmaxGrad([y, g])]',
        why: 'operands swapped',
      },
      {
        op: 'softmax',
        find: 'vjp: (g, { y }) => [softmaxGrad([g, y])]',
        replace: 'vjp: (g, { y }) => [g.mul(y)]',
        why: 'the diagonal of the Jacobian alone',
      },
      {
        op: 'softmax',
        find: '[\n    softmaxGrad([h, y]),\n    h.mul(',
        replace: '[softmaxGrad([g, y]), h.mul(',
        why: 'second derivative: g for h',
      },
      {
        op: 'softmax',
        find: '.sub(g.mul(h.mul(y).sum(-1, true)))',
        replace: '',
        why: 'second derivative: one term forgotten',
      },
      {
        op: 'softmax',
        find: 'h.mul(g.sub(g.mul(y).sum(-1, true)))',
        replace: 'h.mul(g.sub(g.mul(y).sum(0, true)))',
        why: 'second derivative: wrong axis',
      },
      {
        op: 'logSoftmax',
        find: 'h.sub(h.mul(y.exp()).sum(-1, true))',
        replace: 'h.sub(h.mul(y).sum(-1, true))',
        why: 'second derivative: log y for y',
      },
      {
        op: 'logSoftmax',
        find: '.mul(g.sum(-1, true)).neg()',
        replace: '.mul(g.sum(-1, true))',
        why: 'second derivative: sign',
      },
      {
        op: 'logSoftmax',
        find: 'h.mul(y.exp()).mul(g.sum(-1, true)).neg()',
        replace: 'h.mul(y.exp()).mul(g).neg()',
        why: 'second derivative: not summed',
      },
      {
        op: 'softmax',
        find: 'op([x.transpose(k, -1)]).transpose(k, -1)',
        replace: 'op([x]).transpose(k, -1).transpose(k, -1)',
        why: 'always the last axis',
      },
    ],
  },
]
