// Bugs to be planted in src/optim/clip.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'optimisers',
    bugs: [
      {
        find: 'if (before === undefined) kept.push(g)',
        replace: 'kept.push(g)\n    if (before === undefined) continue',
        why: 'numbers that two gradients show are scaled twice',
      },
      {
        find: 'maxNorm / (root + 1e-6 / unit)',
        replace: 'maxNorm / root',
        why: 'without PyTorch’s 10⁻⁶',
      },
      {
        find: 'maxNorm / (root + 1e-6 / unit)',
        replace: 'maxNorm / (root + 1e-6)',
        why: 'the 10⁻⁶ in another unit',
      },
      { find: 'if (!(scale >= 1))', replace: '', why: 'short gradients are lengthened' },
      { find: 'if (!(scale >= 1))', replace: 'if (scale < 1)', why: 'a norm of NaN goes unseen' },
      {
        find: 'const root = Math.sqrt(',
        replace: 'const root = Number(',
        why: 'the square of the norm',
      },
      {
        find: 'total + part.sum * ',
        replace: 'Math.max(total, part.sum) * ',
        why: 'the norm of the longest gradient alone',
      },
      { find: '(part.unit / unit) ** 2', replace: '(part.unit / unit)', why: 'units not squared' },
      { find: 'sum > 1e-20 && sum < 1e30', replace: 'sum < 1e30', why: 'small gradients vanish' },
      {
        find: 'sum > 1e-20 && sum < 1e30',
        replace: 'sum > 1e-20',
        why: 'the norm of large gradients is infinite',
      },
      {
        find: 'if (!(scale < least)) return',
        replace: 'return',
        why: 'a scale with few digits left',
      },
      { find: 'Math.min(unit, most)', replace: 'unit', why: 'a unit beyond float32' },
      {
        find: 'bringIn(targets)',
        replace: '',
        why: 'a gradient that cannot be read is met when others are clipped',
      },
      {
        find: 'filter((g) => !isChangeable(g))',
        replace: 'filter(() => false)',
        why: 'recorded gradients refused after others are clipped',
      },
      {
        find: '[...new Set(parameters.flatMap((p) => p.grad ?? []))]',
        replace: 'parameters.flatMap((p) => p.grad ?? [])',
        why: 'a shared gradient counts twice',
      },
      {
        find: 'clamp_(g, maxValue)',
        replace: 'clamp_(g, maxValue * 2)',
        why: 'clips at twice the value',
      },
      {
        find: 'return unit * root',
        replace: 'return unit * root * Math.min(scale, 1)',
        why: 'returns the norm after clipping',
      },
    ],
  },
]
