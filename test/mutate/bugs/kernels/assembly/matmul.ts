// Bugs to be planted in src/kernels/assembly/matmul.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/kernels/assembly/matmul.test.ts'],
    bugs: [
      {
        find: 'add = accumulate != 0 || pc > 0',
        replace: 'add = accumulate != 0',
        why: 'blocks of depth beyond the first overwrite',
      },
      {
        find: 'add = accumulate != 0 || pc > 0',
        replace: 'add = pc > 0',
        why: 'the accumulate flag is ignored',
      },
      {
        find: 'else if (!accumulate) memory.fill',
        replace: 'else memory.fill',
        why: 'a product of depth 0 clears the sum',
      },
      {
        find: 'finish<T>(out + 96, y6, y7, add)',
        replace: 'finish<T>(out + 96, y7, y6, add)',
        why: 'a row’s last columns swapped',
      },
      {
        find: 'let y = add ? loadNext<T>(out, j, zero()) : zero()',
        replace: 'let y = zero()',
        why: 'a row’s tail overwrites',
      },
      {
        find: '<usize>min(2, last) * step',
        replace: '<usize>min(1, last) * step',
        why: 'a row of the transposed operand twice',
      },
      {
        find: 'add ? <f64>load<T>(out) + sum : sum',
        replace: 'sum',
        why: 'dot products overwrite',
      },
      {
        find: 'let at = x, p = k\n',
        replace: 'let at = x, p = k & ~(lanes<T>() - 1)\n',
        why: 'the odd end of a dot product is lost',
      },
      {
        find: 'if (last > 2) put<T>(out + 3 * sizeof<T>(), y3, add)',
        replace: 'put<T>(out + 3 * sizeof<T>(), y3, add)',
        why: 'writes beyond the last column',
      },
      {
        find: 'strip += width * depth * size',
        replace: 'strip += min(width, right - j) * depth * size',
        why: 'packed weights: padding is not counted',
      },
      {
        find: 'if (whole) panel = strip',
        replace: '',
        why: 'packed weights: each block of depth with the first one’s',
      },
      {
        find: 'if (j >= j0 && j < j1)',
        replace: 'if (j + width > j0 && j < j1)',
        why: 'a strip that is cut is added by both parts',
      },
      {
        find: 'depth, add, height - i, right - j)',
        replace: 'depth, add, height - i, width)',
        why: 'a tile writes beyond the columns',
      },
      {
        find: 'depth, add, height - i, right - j)',
        replace: 'depth, add, MR, right - j)',
        why: 'a tile writes beyond the rows',
      },
      {
        find: 'i + 1 < i1 ? line : 0',
        replace: 'line',
        why: 'small products read beyond the last row',
      },
      {
        find: 'step: usize = whole ? row : width * size',
        replace: 'step: usize = row',
        why: 'small products: a packed strip is read as if it lay in its rows',
      },
      {
        find: 'const whole = j + width <= j1, strip',
        replace: 'const whole = true, strip',
        why: 'small products read beyond the last column',
      },
      {
        find: '!transA && !transB && isSmall',
        replace: '!transA && isSmall',
        why: 'small products: a transposed operand is read as it is not stored',
      },
      {
        find: 'return k <= KC && (m <= 8',
        replace: 'return (m <= 8',
        why: 'small products: one block of depth with other bits than several',
      },
      {
        find: 'const aRow = transA ? 1 : k, aCol = transA ? m : 1',
        replace: 'const aRow = transA ? 1 : k, aCol = transA ? k : 1',
        why: 'a transposed left operand with the wrong stride',
      },
      {
        find: 'if (transA) rowTimes<T>(out + i0 * size, b, a + i0 * size, i1 - i0, k, m, add)\n    else ',
        replace: '',
        why: 'a transposed matrix times a vector is read as it is not stored',
      },
      {
        find: 'return columns * k',
        replace: 'return n * k',
        why: 'too little room for packed weights',
      },
      {
        find: 'for (let ic = i0; ic < i1; ic += MC) {\n        const height = min(MC, i1 - ic)',
        replace: 'for (let ic = i0; ic < i1; ic += MC) {\n        const height = min(MC, i1)',
        why: 'the last block of rows too tall',
      },
    ],
  },
]
