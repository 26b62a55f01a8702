// Bugs to be planted in src/tensor/define/elementwise.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        op: 'mul',
        find: 'vjp[0](g, y, a, b).sumTo(a.shape)',
        replace: 'vjp[0](g, y, a, b)',
        why: 'broadcasting of the left operand not undone',
      },
      {
        op: 'mul',
        find: 'vjp[1](g, y, a, b).sumTo(b.shape)',
        replace: 'vjp[1](g, y, a, b)',
        why: 'broadcasting of the right operand not undone',
      },
      {
        op: 'mul',
        find: 'needsGrad[1] ? vjp[1]',
        replace: 'needsGrad[0] ? vjp[1]',
        why: 'the right operand only with the left',
      },
      {
        op: 'mul',
        find: 'vjp[index as 0 | 1](',
        replace: 'vjp[0](',
        why: 'add-into: always the left operand’s derivative',
      },
      {
        op: 'add',
        find: 'kernels.add(to, to, from, 1, sum.size',
        replace: 'kernels.add(to, from, from, 1, sum.size',
        why: 'add-into: overwrites the sum',
      },
      {
        op: 'add',
        find: 'sum.size, 1)\n  } else addSumInto',
        replace: 'sum.size, 0)\n  } else addSumInto',
        why: 'add-into over leading axes: overwrites the sum',
      },
      {
        op: 'add',
        find: 'g.size / Math.max(sum.size, 1)',
        replace: '1',
        why: 'add-into over leading axes: the first place only',
      },
      {
        op: 'add',
        find: 'n === g.shape[i + g.shape.length - sum.shape.length]',
        replace: 'n === g.shape[i]',
        why: 'add-into: takes trailing axes for leading ones',
        equivalent:
          'where the axes differ it takes the longer way below; where it does not, they are of size 1',
      },
      {
        op: 'add',
        find: '} else addSumInto(sum, g.sumTo(sum.shape))',
        replace: '}',
        why: 'add-into: inner axes are lost',
      },
      {
        op: 'sub',
        find: 'aAddress + (aAt as number) * bytes,\n          bAddress + (bAt as number) * bytes',
        replace: 'aAddress + (aAt as number) * bytes, bAddress',
        why: 'broadcasting: the right operand from its start, always',
      },
      {
        op: 'sub',
        find: 'written += outer * inner',
        replace: 'written += inner',
        why: 'broadcasting: blocks of the result overlap',
      },
    ],
  },
  {
    area: 'tape',
    bugs: [
      {
        find: 'const attrs = deepCopy(given)',
        replace: 'const attrs = given',
        why: 'unary keeps the caller’s attributes',
      },
    ],
  },
]
