// Bugs to be planted in src/tensor/core/deepCopy.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'tape',
    bugs: [
      { find: "'slice' in part ?", replace: 'part === null ?', why: 'typed arrays are not copied' },
      {
        find: 'to[name] = copyOf((from as Record<string, unknown>)[name])',
        replace: 'to[name] = (from as Record<string, unknown>)[name]',
        why: 'only the outermost array is copied',
      },
      {
        find: 'if (!Array.isArray(part) && !isOptions(part)) return part',
        replace: '',
        why: 'tensors are taken to pieces',
      },
    ],
  },
]
