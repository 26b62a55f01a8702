// Bugs to be planted in src/files/npy.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'if (isFortran && shape.length > 1)',
        replace: 'if (false)',
        why: 'Fortran’s order is read as C’s',
      },
      {
        find: "if (order === '>' && width > 1)",
        replace: 'if (false)',
        why: 'big-endian numbers are read as little-endian ones',
      },
      {
        find: 'if (file.length - start !== wanted)',
        replace: 'if (file.length - start < wanted)',
        why: 'a second array in the file is left out in silence',
      },
      {
        find: 'at -= strides[axis] * shape[axis]',
        replace: 'at -= strides[axis]',
        why: 'a row of Fortran’s order goes on where the last one ended',
      },
      {
        find: 'if (values.has(one[1]))',
        replace: 'if (false)',
        why: 'of two shapes the last one counts',
      },
    ],
  },
]
