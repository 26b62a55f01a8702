// Bugs to be planted in src/kernels/assembly/update.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/kernels/assembly/elementwise.test.ts', 'test/optim'],
    bugs: [
      { find: 'if (a == 0) mapRow', replace: 'if (a != a) mapRow', why: '0 · NaN' },
      {
        find: 'load<u8>(condition + i) ? a : b',
        replace: 'load<u8>(condition + i) ? b : a',
        why: 'the other branch',
      },
      {
        find: 'v128.add<T>(v128.div<T>(v128.sqrt<T>(second), scalar(ROOT)), scalar(EPS))',
        replace: 'v128.div<T>(v128.sqrt<T>(v128.add<T>(second, scalar(EPS))), scalar(ROOT))',
        why: 'ε under the root',
      },
      {
        find: 'v128.add<T>(v128.div<T>(v128.sqrt<T>(second), scalar(ROOT)), scalar(EPS))',
        replace: 'v128.div<T>(v128.add<T>(v128.sqrt<T>(second), scalar(EPS)), scalar(ROOT))',
        why: 'ε before the correction',
      },
      {
        find: 'v128.mul<T>(scalar(GAMMA2), v128.mul<T>(d, d))',
        replace: 'v128.mul<T>(scalar(GAMMA2), d)',
        why: 'g for g²',
      },
      {
        find: 'setScalar<T>(GAMMA2, 1 - beta2)',
        replace: 'setScalar<T>(GAMMA2, 1 - beta1)',
        why: 'β₁ for β₂',
      },
      { find: 'v128.mul<T>(scalar(DECAY), q)', replace: 'zero()', why: 'no coupled decay' },
      {
        find: 'v128.mul<T>(loadNext<T>(p, rest, zero()), scalar(SHRINK))',
        replace: 'loadNext<T>(p, rest, zero())',
        why: 'no decoupled decay',
      },
      {
        find: 'if (rest > 0) adamStep<T>(p, g, m, v, rest)',
        replace: '',
        why: 'the tail does not move',
      },
      {
        find: 'storeNext<T>(out, x, rest)',
        replace: 'storeNext<T>(out, x, lanes<T>())',
        why: 'fill writes beyond the end',
      },
    ],
  },
]
