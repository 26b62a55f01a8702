// Bugs to be planted in src/layers/module/hidden.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: '  moduleClasses.add(name)\n',
        replace: '',
        why: 'a module in a #private field is passed over',
      },
      { find: ".replace(COMMENTS, '')", replace: '', why: 'a comment counts as a field' },
      {
        find: 'at = Object.getPrototypeOf(at)',
        replace: 'at = base',
        why: 'a #private field of the class above is passed over',
      },
    ],
  },
]
