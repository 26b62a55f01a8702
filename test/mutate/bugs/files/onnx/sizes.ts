// Bugs to be planted in src/files/onnx/sizes.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'if (Number.isInteger(times) && isSame(all, numbers))',
        replace: 'if (Number.isInteger(times))',
        why: 'a size is one of the first axis in one run, and taken for it in all',
      },
      {
        find: '    if (!isSame(all, numbers)) return null\n',
        replace: '',
        why: 'a size that is no sum of products is taken for one',
      },
      {
        find: '    if (Math.abs(pivot) < 1e-9) return null\n',
        replace: '',
        why: 'a sum that several sizes fit is one of them',
      },
      {
        find: "    return (times === 1 && names.length > 0 ? names : [times, ...names]).join('*')",
        replace: "    return (names.length > 0 ? names : [times]).join('*')",
        why: 'a size and its double have one name, and one value',
      },
    ],
  },
]
