// Bugs to be planted in src/tensor/core/transposed.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: '  if (runningForward !== null) return copyOutsideMemory(tensor)\n',
        replace: '',
        why: 'the memory may grow in the middle of a forward',
        equivalent:
          'growing detaches views only where the memory is not shared, as in a page without isolation',
      },
      {
        find: '(i - row * cols - col + col * rows + row)',
        replace: '(col * rows + row)',
        why: 'a forward reads the first of a stack of transposes for all',
      },
      {
        find: 'byteOffset + (i - row',
        replace: '(i - row',
        why: 'a forward reads a transposed selection from the beginning of what it was taken from',
      },
    ],
  },
]
