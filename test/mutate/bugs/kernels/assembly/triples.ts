// Bugs to be planted in src/kernels/assembly/triples.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/tensor/programs'],
    bugs: [
      {
        find: 'v128.sub<T>(y, x)',
        replace: 'v128.sub<T>(x, y)',
        why: 'a difference from the wrong side',
      },
      {
        find: 'scratch + EDGE, c',
        replace: 'scratch + LEFT, c',
        why: 'the third number in the place of the first',
      },
      {
        find: 'case 9: return run<T, Mul<T>, Sub<T>>',
        replace: 'case 9: return run<T, Mul<T>, Add<T>>',
        why: 'a product plus a number for minus',
      },
      {
        find: 'case 12: return run<T, Mul<T>, TanhGrad<T>>',
        replace: 'case 12: return run<T, Mul<T>, SigmoidGrad<T>>',
        why: 'the derivative of sigmoid for that of tanh',
      },
      {
        find: 'if (!bInner) b = repeat<T>(scratch + RIGHT, b)\n',
        replace: '',
        why: 'one number of a row is read as a row',
      },
      {
        find: '    c += 4 * cStep\n',
        replace: '    c += 4 * aStep\n',
        why: 'the third operand moves with the first',
      },
      {
        find: 'case 6: return run<T, Sub<T>, Rsub<T>>',
        replace: 'case 6: return run<T, Sub<T>, Sub<T>>',
        why: 'a − b − c for c − (a − b)',
      },
      {
        find: 'y = q.at(p.at(v128.load(a, 32), v128.load(b, 32)), v128.load(c, 32))',
        replace: 'y = q.at(p.at(v128.load(a, 32), v128.load(b, 32)), v128.load(c, 16))',
        why: 'the third operand of other columns',
      },
    ],
  },
]
