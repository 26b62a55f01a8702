// Bugs to be planted in src/node/tree.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'Number.isFinite(x) && !Object.is(x, -0)',
        replace: 'Number.isFinite(x)',
        why: '−0 comes back as 0',
      },
      {
        find: 'if (x === undefined) return { [UNDEFINED]: true }',
        replace: 'if (x === undefined) return x',
        why: 'undefined members are lost',
      },
      {
        find: 'while (tensors.has(name)) name += "\'"',
        replace: '',
        why: 'two tensors of one path become one',
      },
      {
        find: "[key.startsWith('$') ? `$${key}` : key, visit",
        replace: '[key, visit',
        why: "keys of the caller's are read as marks",
      },
      {
        find: 'if (Reflect.ownKeys(x).length !== x.length + 1)',
        replace: 'if (false)',
        why: 'holes of a list become nothing in silence',
      },
      {
        find: 'if (Reflect.ownKeys(x).length !== entries.length)',
        replace: 'if (false)',
        why: 'keys that are symbols are lost in silence',
      },
      {
        find: "key.startsWith('$') ? key.slice(1) : key",
        replace: 'key',
        why: 'keys come back with one sign more',
      },
      {
        find: '    around.pop()\n',
        replace: '',
        why: 'one object at two places is refused as a circle',
      },
    ],
  },
]
