// Bugs to be planted in src/files/safetensors.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'ORDER.indexOf(a.dtype) - ORDER.indexOf(b.dtype)',
        replace: '0',
        why: 'numbers are not written in the reference’s order',
      },
      {
        find: 'Array.from(name, (c) => c.codePointAt(0))',
        replace: "name.split('').map((c) => c.charCodeAt(0))",
        why: 'names are sorted by UTF-16',
      },
      {
        find: 'Math.ceil(header.length / 8) * 8',
        replace: 'header.length',
        why: 'numbers begin where no reader may map them',
      },
      {
        find: 'start + Number(begin), start + Number(end)',
        replace: 'Number(begin), Number(end)',
        why: 'numbers are read from the header',
      },
    ],
  },
]
