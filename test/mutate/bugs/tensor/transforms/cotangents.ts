// Bugs to be planted in src/tensor/transforms/cotangents.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'tape',
    bugs: [
      {
        find: 'v.storage.changedAt === 0 ? v : copy([v])',
        replace: 'v',
        why: 'a cotangent that was changed in place is refused as a saved value',
      },
      {
        find: '(same.node === null ? same : offTheTape(same)).materialize()',
        replace: 'same.node === null ? same : offTheTape(same)',
        why: 'what is added to a transposed cotangent is lost',
      },
      {
        find: 'storage.temporary && storage.refs === 1 && !storage.pinned',
        replace: 'storage.temporary && !storage.pinned',
        why: 'exclusive however often it is held',
      },
      {
        find: 'storage.temporary && storage.refs === 1 && !storage.pinned',
        replace: 'storage.refs === 1 && !storage.pinned',
        why: 'changes what the walk did not make',
      },
      {
        find: 'storage.refs === 1 && !storage.pinned',
        replace: 'storage.refs === 1',
        why: 'changes what a hook was shown',
      },
      {
        find: "requireFit(who, 'a gradient', v, of)",
        replace: "requireFit(who, 'a gradient', of, of)",
        why: 'a cotangent of any shape is taken',
      },
      {
        find: 'if (this.#recorded) return same',
        replace: '',
        why: 'holds what belongs to the new graph',
        equivalent:
          'a count that nobody asks for: what a recorded walk made is neither exclusive nor released',
      },
      { find: 'if (!this.#recorded) release(v.storage)', replace: '', why: 'nothing is released' },
      {
        find: 'new DerivativeScopes(!recorded)',
        replace: 'new DerivativeScopes(true)',
        why: 'frees the temporaries of a recorded derivative',
      },
      { find: 'a.add(b)', replace: 'a', why: 'the second cotangent is dropped' },
    ],
  },
]
