// Bugs to be planted in src/distributed/averageGradients.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'distributed',
    tests: ['test/distributed/training.test.ts', 'test/distributed/faults.test.ts'],
    bugs: [
      {
        find: 'weight / total',
        replace: '1 / weights.length',
        why: 'a mean of means: ranks with more examples count no more',
      },
      {
        find: 'if (isThere[k] === 0) return []',
        replace: '',
        why: 'a parameter without a gradient on any rank gets one of zeros',
      },
      {
        find: 'else this.#parts[k].elements().fill(0)',
        replace: '',
        why: 'where a gradient is missing, old numbers of the memory are summed',
      },
      {
        find: 'grad !== null && scale > 0',
        replace: 'grad !== null',
        why: 'NaN of a rank that weighs nothing reaches all',
      },
      {
        find: '    const changes = packed.flatMap((part) => part.unpacked())\n    for (const change of changes) change()\n',
        replace: '',
        why: 'the means are computed and not used',
      },
      {
        find: "const what = list.map((p) => `${p.dtype} ${show(p.shape)}`).join(', ')",
        replace: "const what = ''",
        why: 'gradients of other shapes are summed',
      },
      {
        find: 'return () => p.ownGrad(copy)',
        replace: 'return []',
        why: 'a rank without the gradient does not get it',
      },
    ],
  },
]
