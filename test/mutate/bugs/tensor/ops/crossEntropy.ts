// Bugs to be planted in src/tensor/ops/crossEntropy.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: '[crossEntropyGrad([g, logits], attrs)]',
        replace: '[crossEntropyGrad([g.mul(0).add(1), logits], attrs)]',
        why: 'ignores the upstream gradient',
      },
      {
        find: 'h.mul(w).mul(p.sub(hits)).sum(-1)',
        replace: 'h.mul(p.sub(hits)).sum(-1)',
        why: 'second derivative: the weights forgotten',
      },
      { find: 'p.sub(hits)', replace: 'p', why: 'second derivative: the target forgotten' },
      {
        find: 'h.mul(p).sum(-1, true)',
        replace: 'h.mul(p).sum(0, true)',
        why: 'second derivative: wrong axis',
      },
      {
        find: '        .mul(w)\n        .mul(p.mul',
        replace: '        .mul(p.mul',
        why: 'second derivative by the logits: the weights forgotten',
      },
      {
        find: 'logits.where(w.ne(0), 0).softmax()',
        replace: 'logits.softmax()',
        why: 'second derivative: NaN in a row that does not count',
      },
    ],
  },
]
