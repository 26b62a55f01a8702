// Bugs to be planted in src/tensor/ops/matmul.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        op: 'matmul',
        find: '[\n    needsGrad[0] ? multiply(g, b.transpose(-1, -2)) : null,\n    ',
        replace:
          '[needsGrad[0] ? multiply(b, g.transpose(-1, -2)).transpose(-1, -2).neg() : null, ',
        why: 'sign',
      },
      {
        op: 'matmul',
        find: 'needsGrad[1] ? multiply(a.transpose(-1, -2), g) : null,\n  ],',
        replace: 'needsGrad[0] ? multiply(a.transpose(-1, -2), g) : null],',
        why: 'the right operand only with the left',
      },
      {
        op: 'matmul',
        find: 'multiplyInto(sum, g, b.transpose(-1, -2), 1)',
        replace: 'multiplyInto(sum, g, b.transpose(-1, -2), 0)',
        why: 'add-into: overwrites the left sum',
      },
      {
        op: 'matmul',
        find: 'else multiplyInto(sum, a.transpose(-1, -2), g, 1)',
        replace: 'else multiplyInto(sum, a.transpose(-1, -2), g, 0)',
        why: 'add-into: overwrites the right sum',
      },
      {
        op: 'matmul',
        find: 'right + i * k * n * bytes',
        replace: 'right',
        why: 'the first matrix of a stack for all',
      },
      {
        op: 'matmul',
        find: 'Number(a.transposed),\n      transB: Number(b.transposed)',
        replace: 'Number(b.transposed),\n      transB: Number(a.transposed)',
        why: 'transposes the other operand',
      },
      {
        op: 'matmul',
        find: 'left + i * m * k * bytes',
        replace: 'left + i * m * n * bytes',
        why: 'strides of the result for the operand’s',
      },
      {
        find: 'g.sumTo(bias.shape)',
        replace: 'g.select(0, 0)',
        why: 'affine: the bias’s gradient from the first row',
      },
      {
        find: 'needsGrad[0] ? multiply(g, weight) : null',
        replace: 'needsGrad[0] ? multiply(g, weight).mul(2) : null',
        why: 'affine: factor in the input’s gradient',
      },
      {
        find: 'needsGrad[1] ? multiply(g.t(), x) : null',
        replace: 'needsGrad[1] ? multiply(g.t(), x.detach()) : null',
        why: 'affine: a detached input',
      },
      {
        find: 'multiplyInto(sum, g, weight, 1)',
        replace: 'multiplyInto(sum, g, weight, 0)',
        why: 'affine, add-into: overwrites the input’s sum',
      },
      {
        find: 'multiplyInto(sum, g.t(), x, 1)',
        replace: 'multiplyInto(sum, g.t(), x, 0)',
        why: 'affine, add-into: overwrites the weight’s sum',
      },
      {
        find: 'else addSumInto(sum, g)',
        replace: 'else addSumInto(sum, g.select(0, 0))',
        why: 'affine, add-into: one row of the bias’s gradient',
      },
      {
        find: 'accumulate: Number(bias !== null)',
        replace: 'accumulate: 0',
        why: 'affine: the bias forgotten',
      },
    ],
  },
]
