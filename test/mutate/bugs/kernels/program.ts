// Bugs to be planted in src/kernels/program.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: [
      'test/tensor/programs',
      'test/tensor/transforms/fuse.test.ts',
      'test/tensor/transforms/fuse.cases.test.ts',
    ],
    bugs: [
      {
        find: "  'addSub',\n  'addRsub',",
        replace: "  'addRsub',\n  'addSub',",
        why: 'a + b − c for c − (a + b)',
      },
      {
        find: "  'tanhGrad',\n  'sigmoidGrad',",
        replace: "  'sigmoidGrad',\n  'tanhGrad',",
        why: 'the derivative of sigmoid for that of tanh',
      },
      { find: "  'lt',\n  'le',", replace: "  'le',\n  'lt',", why: '≤ for <' },
      {
        find: "  'maximum',\n  'minimum',",
        replace: "  'minimum',\n  'maximum',",
        why: 'the minimum for the maximum',
      },
      {
        find: 'SCRATCH = 2 ** 20',
        replace: 'SCRATCH = 2 ** 24',
        why: 'scratch beyond that of a thread',
      },
    ],
  },
]
