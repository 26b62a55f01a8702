// Bugs to be planted in src/layers/losses.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'if (classes[k] === ignoreIndex) weights[k] = 0',
        replace: '',
        why: 'ignoreIndex is not ignored',
      },
      {
        find: 'if (weights[k] === 0) classes[k] = 0',
        replace: '',
        why: 'a target that does not count is checked',
      },
      {
        find: "reduction === 'mean' ? total :",
        replace: "reduction === 'mean' ? rows :",
        why: 'the mean over masked targets too',
      },
      {
        find: "'batchMean' ? (shape[0] ?? 1) : 1",
        replace: "'batchMean' ? rows : 1",
        why: 'batchMean over all targets',
      },
      {
        find: "'batchMean' ? (shape[0] ?? 1) : 1",
        replace: "'batchMean' ? (shape.at(-1) ?? 1) : 1",
        why: 'batchMean over the last axis',
      },
      {
        find: 'weights: tensor(weights, { dtype })',
        replace: 'weights: tensor(weights.map(Math.ceil), { dtype })',
        why: 'weights count as 0 or 1',
      },
      {
        find: 'prediction.sub(target).square()',
        replace: 'target.sub(prediction.detach()).square()',
        why: 'the prediction off the tape',
      },
      {
        find: "reduction === 'mean' ? squares.mean() : squares.sum()",
        replace: "reduction === 'mean' ? squares.mean(-1).sum() : squares.sum()",
        why: 'the mean over the last axis only',
      },
    ],
  },
]
