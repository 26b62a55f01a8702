// Bugs to be planted in src/kernels/assembly/reduce.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/kernels/assembly/reduce.test.ts'],
    bugs: [
      {
        find: 'addTotal<T>(totals + 24 * lanes<T>(), s3)',
        replace: 'addTotal<T>(totals + 16 * lanes<T>(), s3)',
        why: 'two vectors of columns in one total',
      },
      {
        find: 'if (accumulate) x = v128.add<T>(loadNext<T>(to, end - j, zero()), x)',
        replace: '',
        why: 'column sums overwrite',
      },
      {
        find: 'accumulate ? <T>(<f64>load<T>(out) + s) : <T>s',
        replace: '<T>s',
        why: 'row sums overwrite',
      },
      {
        find: 'memory.fill(totals, 0, COLUMNS * 8)',
        replace: 'if (start == 0) memory.fill(totals, 0, COLUMNS * 8)',
        why: 'the totals of the first 512 columns go on',
      },
      {
        find: 'const rows = n - i < 64 ? n - i : 64',
        replace: 'const rows = n < 64 ? n : 64',
        why: 'rows beyond the last are summed',
      },
      { find: '!(x <= best)', replace: 'x > best', why: 'argmax passes over NaN' },
      { find: '!(x <= best)', replace: '!(x < best)', why: 'the last of equals' },
      { find: ' && best == best', replace: '', why: 'the last NaN, not the first' },
      {
        find: 'x = op.at(x, loadNext<T>(p, inner - j, zero()))',
        replace: 'x = op.at(x, loadNext<T>(p, lanes<T>(), zero()))',
        why: 'reads beyond the columns',
        equivalent: 'what is read too much is not stored; the heap’s blocks end behind it',
      },
      {
        find: 'store<i32>(out, at)',
        replace: 'store<i32>(out, at > 0 ? at - 1 : at)',
        why: 'one too early',
      },
    ],
  },
]
