// Bugs to be planted in src/tensor/ops/update.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    tests: ['test/layers/recurrent/userCells.test.ts'],
    bugs: [
      {
        find: '  noteEffect(`changes numbers in place, by ${who}`)\n',
        replace: '',
        why: 'numbers that a recurrent step changes are the first ones at every step',
      },
    ],
  },
  {
    area: 'memory',
    bugs: [
      {
        find: '    writeTransposed(tensor.storedAddress(), copy.address(), lastSwapped(shape), dtype)\n',
        replace: '',
        why: 'a change of a transpose is lost',
      },
      {
        find: 'copy.address(), lastSwapped(shape)',
        replace: 'copy.address(), shape',
        why: 'a change of a transpose is written back the wrong way round',
      },
      {
        find: '    discard(copy.storage)\n',
        replace: '',
        why: 'what a transpose is changed by is never freed',
      },
      {
        find: '  if (!tensor.storage.copied) return\n',
        replace: '  return\n',
        why: 'a change of a copied selection is lost',
      },
    ],
  },
  {
    area: 'optimisers',
    bugs: [
      { find: 'lr / (1 - beta1 ** t)', replace: 'lr', why: 'no bias correction of m' },
      { find: 'Math.sqrt(1 - beta2 ** t)', replace: '1', why: 'no bias correction of v' },
      {
        find: 'Math.sqrt(1 - beta2 ** t)',
        replace: '1 - beta2 ** t',
        why: 'the correction of v without its root',
      },
      {
        find: '1 - beta1 ** t',
        replace: '1 - beta1 ** (t - 1 || 1)',
        why: 'the correction of m one step late',
      },
      {
        find: '[0, 1 - lr * weightDecay] : [weightDecay, 1]',
        replace: '[weightDecay, 1] : [0, 1 - lr * weightDecay]',
        why: 'Adam and AdamW swapped',
      },
      {
        find: '1 - lr * weightDecay',
        replace: '1 - weightDecay',
        why: 'decoupled decay without the learning rate',
      },
      { find: 'axpby_(dst, dst, 0, a)', replace: 'axpby_(dst, dst, 1, a)', why: 'scaled by 1 + a' },
    ],
  },
]
