// Bugs to be planted in src/tensor/transforms/pass.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: '\n    g.storage.copied = false //',
        replace: '          //',
        why: 'a gradient refuses to be changed in place where its derivative had to copy',
      },
    ],
  },
  {
    area: 'tape',
    bugs: [
      {
        find: 'createGraph\n      ? first.get(g.storage) === g && isComputedSince(g, since)\n      : isExclusive(g)',
        replace: 'createGraph || isExclusive(g)',
        why: 'a recorded gradient shares the caller’s numbers',
      },
      {
        find: 'isComputedSince(g, since)\n      : isExclusive(g)',
        replace: 'isComputedSince(g, since)\n      : true',
        why: 'two gradients share their numbers',
      },
      {
        find: 'first.get(g.storage) === g && ',
        replace: '',
        why: 'two recorded gradients share their numbers',
      },
      {
        find: '  if (storage.pinned) return false\n',
        replace: '',
        why: 'a recorded gradient shares its numbers with what a hook was shown',
      },
      {
        find: 'if (source === undefined) return true',
        replace: 'return true',
        why: 'a view of the caller’s cotangent counts as computed',
      },
      {
        find: 'return createGraph && !recording ? unscoped(pass) : pass()',
        replace: 'return pass()',
        why: 'a recorded gradient is recycled with noGrad()',
      },
      {
        find: 'retainGraph = createGraph }',
        replace: 'retainGraph = false }',
        why: 'a recorded walk uses up the graph it refers to',
      },
      {
        find: 'if (!createGraph) transferOwnership(g.storage)',
        replace: '',
        why: 'a gradient still belongs to its walk',
      },
    ],
  },
]
