// Bugs to be planted in src/tensor/ops/arithmetic.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        op: 'add',
        find: `kernel: 'add',\n  exact: true,\n  vjp: [(g) => g, (g) => g]`,
        replace: "kernel: 'add', exact: true, vjp: [(g) => g, (g) => g.neg()]",
        why: 'sign',
      },
      {
        op: 'sub',
        find: '(g) => g.neg()]',
        replace: '(g) => g]',
        why: 'sign of the right operand',
      },
      {
        op: 'sub',
        find: '[(g) => g, (g) => g.neg()]',
        replace: '[(g) => g.neg(), (g) => g]',
        why: 'operands swapped',
      },
      {
        op: 'mul',
        find: '[(g, _y, _a, b) => g.mul(b), (g, _y, a) => g.mul(a)]',
        replace: '[(g, _y, a) => g.mul(a), (g, _y, _a, b) => g.mul(b)]',
        why: 'operands swapped',
      },
      {
        op: 'mul',
        find: '(g, _y, a) => g.mul(a)]',
        replace: '(g, y) => g.mul(y)]',
        why: 'the result for the left operand',
      },
      {
        op: 'div',
        find: '(g, _y, _a, b) => g.div(b)',
        replace: '(g, _y, _a, b) => g.mul(b)',
        why: 'times for divided by',
      },
      { op: 'div', find: 'g.mul(y).div(b).neg()', replace: 'g.mul(y).div(b)', why: 'sign' },
      {
        op: 'div',
        find: '(g, y, _a, b) => g.mul(y).div(b).neg()',
        replace: '(g, _y, a, b) => g.mul(a).div(b).neg()',
        why: 'a/b for a/b²',
      },
      { op: 'pow', find: ': b.mul(a.pow(', replace: ': (a.pow(', why: 'the factor b' },
      {
        op: 'pow',
        find: ': b.mul(a.pow(',
        replace: ': b.mul(0).add(2).mul(a.pow(',
        why: 'the exponent fixed at 2',
      },
      { op: 'pow', find: 'b.sub(1).where(b.ne(0), 0)', replace: 'b.sub(1)', why: '0 · 0⁻¹ is NaN' },
      {
        op: 'pow',
        find: 'b.requiresGrad ? slopeOfPower(a, b) : ',
        replace: '',
        why: 'the second derivative by an exponent of 0',
      },
      {
        op: 'pow',
        find: '.where(defined, 0)',
        replace: '',
        why: 'at 0⁰, a second derivative where there is none',
      },
      {
        op: 'pow',
        find: 'a.where(defined, 1).pow',
        replace: 'a.pow',
        why: 'at 0⁰, 0 · 0⁻¹ is NaN in the second order',
      },
      {
        op: 'pow',
        find: 'lt(Infinity).where(b.eq(0), 1)',
        replace: 'lt(Infinity)',
        why: '0⁻¹ has no slope any more',
      },
      { op: 'pow', find: 'g.mul(y).mul(a.where', replace: 'g.mul(a.where', why: 'aᵇ forgotten' },
      {
        op: 'pow',
        find: 'a.where(a.ne(0).where(b.ge(0), 1), 1).log()',
        replace: 'a.log()',
        why: '0 · log 0 is NaN',
      },
      {
        op: 'pow',
        find: 'a.ne(0).where(b.ge(0), 1)',
        replace: 'a.ne(0)',
        why: '0 for −∞ where 0 has a negative exponent',
      },
      {
        op: 'maximum',
        find: 'shared(g, a, b, a.lt(b)), (g, _y, a, b) => shared(g, a, b, b.lt(a))',
        replace: 'shared(g, a, b, b.lt(a)), (g, _y, a, b) => shared(g, a, b, a.lt(b))',
        why: 'the loser wins',
      },
      {
        op: 'minimum',
        find: 'shared(g, a, b, a.gt(b)), ',
        replace: 'shared(g, a, b, a.lt(b)), ',
        why: 'the left operand wins when it is larger',
      },
      {
        op: 'maximum',
        find: 'where(lost, 0, g.mul(0.5).where(a.eq(b), g))',
        replace: 'g.mul(0.5).where(a.eq(b), g)',
        why: 'no mask',
      },
      {
        op: 'maximum',
        find: 'where(lost, 0, g.mul(0.5).where(a.eq(b), g))',
        replace: 'where(lost, 0, g)',
        why: 'equal operands both take all',
      },
      {
        op: 'where',
        find: 'g.where(c, 0).sumTo(a.shape)',
        replace: 'g.sumTo(a.shape)',
        why: 'no mask on the branch taken',
      },
      {
        op: 'where',
        find: 'where(c, 0, g).sumTo(b.shape)',
        replace: 'g.where(c, 0).sumTo(b.shape)',
        why: 'the mask of the other branch',
      },
      {
        op: 'where',
        find: 'g.where(c, 0).sumTo(a.shape)',
        replace: 'g.mul(c.to(g.dtype)).sumTo(a.shape)',
        why: 'masked by 0 · g: NaN for an infinite cotangent',
      },
      {
        op: 'where',
        find: 'g.where(c, 0).sumTo(a.shape)',
        replace: 'g.where(c, 0)',
        why: 'broadcasting not undone',
      },
      {
        op: 'where',
        find: 'needsGrad[2] ? where(c, 0, g)',
        replace: 'needsGrad[1] ? where(c, 0, g)',
        why: 'the second branch only with the first',
      },
      {
        find: 'fInt32: Math.imul,\n  ',
        replace: '',
        why: 'products of whole numbers through doubles',
      },
    ],
  },
]
