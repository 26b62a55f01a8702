// Bugs to be planted in src/derive/naming.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: 'isFunction(name) ? `_${name}` : name',
        replace: 'name',
        why: 'a tensor called tanh is written as the function',
      },
      {
        find: "LATEX.name(name.replace(/[⁰-⁹¹²³]+$/u, ''))",
        replace: 'LATEX.name(name)',
        why: 'W² is a name and the square of W',
      },
    ],
  },
]
