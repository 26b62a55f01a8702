// Bugs to be planted in src/kernels/assembly/random.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/kernels/assembly/random.test.ts', 'test/tensor/ops/random.test.ts'],
    bugs: [
      { find: 'round < 10', replace: 'round < 9', why: 'a round too few' },
      { find: '0xbb67ae85', replace: '0xbb67ae84', why: 'a constant of Philox' },
      { find: '<u32>(block >> 32)', replace: '0', why: 'streams repeat after 2³² blocks' },
      { find: 'load<u32>(p) >> 8', replace: 'load<u32>(p) >> 9', why: 'uniform in [0, ½)' },
      {
        find: 'const flipX = (<i32>quarter + 1) & 2',
        replace: 'const flipX = <i32>quarter & 2',
        why: 'normal: a sign',
      },
      {
        find: 'nearest(4 * turn)',
        replace: 'floor(4 * turn)',
        why: 'normal: sine and cosine beyond π/4',
      },
      {
        find: '(<f64>load<u32>(p) + 1) * 2.3283064365386963e-10',
        replace: '<f64>load<u32>(p) * 2.3283064365386963e-10',
        why: 'normal: log 0',
      },
      {
        find: 'low + <i32>(product >> 32)',
        replace: 'low + <i32>(product % (range - 1))',
        why: 'randint never gives the highest',
      },
      {
        find: '<u32>product < surplus',
        replace: 'false',
        why: 'randint: every third number twice as likely',
      },
      {
        find: 'block, t)',
        replace: 'block, t + 1)',
        why: 'randint: the first spare is passed over',
      },
      {
        find: 'load<u32>(again + at)',
        replace: 'load<u32>(again)',
        why: 'randint: the four words of a block share their second try',
      },
      {
        find: 'words() + 16\n',
        replace: 'words()\n',
        why: 'randint: a second try overwrites the words of its block',
      },
    ],
  },
]
