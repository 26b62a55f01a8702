// Bugs to be planted in src/kernels/assembly/maths.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/kernels/assembly/maths.test.ts'],
    bugs: [
      { find: '-104, 89, 1.44269504', replace: '-104, 88, 1.44269504', why: 'exp stops at e⁸⁸' },
      { find: '-746, 710', replace: '-700, 710', why: 'exp ends before the denormals' },
      { find: '-2.12194440e-4', replace: '-2.12e-4', why: 'ln 2 with too few digits' },
      { find: '0.4999999701976776', replace: '0.49999', why: 'a coefficient of exp' },
      {
        find: '4.13813679705723846039e-08',
        replace: '4.1e-08',
        why: 'the last coefficient of exp',
        equivalent: 'its share is below 10⁻¹⁷ of the result: no float64 is another',
      },
      {
        find: '0.40000972152',
        replace: '0.4000',
        why: 'a coefficient of log',
        equivalent:
          'it moves log x by at most 4·10⁻⁹ of itself, a tenth of a place of float32: within the 1 ulp that is claimed',
      },
      {
        find: '1.479819860511658591e-01',
        replace: '1.4e-01',
        why: 'the last coefficient of log',
        equivalent: 'its share is below the 4 ulp that are allowed',
      },
      {
        find: 'v128.pmax<T>(v128.pmin<T>(x, ofExp<T>(HIGHEST)), ofExp<T>(LOWEST))',
        replace: 'v128.pmax<T>(ofExp<T>(LOWEST), v128.pmin<T>(ofExp<T>(HIGHEST), x))',
        why: 'exp loses NaN',
      },
      {
        find: 'v128.bitselect(z, common<T>(ONE), v128.lt<T>(x, zero()))',
        replace: 'common<T>(ONE)',
        why: 'σ(−x) for σ(x)',
      },
      {
        find: 'v128.and(x, common<T>(SIGN)))\n}',
        replace: 'v128.and(v128.abs<T>(x), common<T>(SIGN)))\n}',
        why: 'tanh without its sign',
      },
      {
        find: 'const y = v128.add<T>(expm1Reduced<T>(',
        replace: 'const y = v128.add<T>((',
        why: 'e^r − 1 taken for r',
      },
      {
        find: 'common<T>(TWO), c)',
        replace: 'common<T>(ONE), c)',
        why: 'a constant of the float64 exp',
      },
      {
        find: 'k = v128.sub<T>(k, v128.and(denormal, ofLog<T>(LIFTED)))\n',
        replace: '',
        why: 'log of denormals',
      },
      {
        find: 'v128.bitselect(finite, common<T>(INVALID), v128.ge<T>(x, zero()))',
        replace: 'finite',
        why: 'log of negative numbers is a number',
      },
      {
        find: 'v128.bitselect(y, x, v128.lt<T>(x, common<T>(INFINITE)))',
        replace: 'y',
        why: 'log of Infinity',
      },
    ],
  },
]
