// Bugs to be planted in src/files/inflate.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'for (let k = 0; k < length; k++) to[end + k] = to[start + k]',
        replace: 'to.copyWithin(end, start, start + length)',
        why: 'a copy that reaches into itself copies zeros',
      },
      {
        find: 'at -= held >> 3\n',
        replace: '',
        why: 'a stored block begins too late',
      },
      {
        find: 'one === 17 ? 3 + take(3) : 11 + take(7)',
        replace: 'one === 17 ? 3 + take(3) : 10 + take(7)',
        why: 'a long run of zero lengths is too short',
      },
      {
        find: 'if (end < size) refuse(`${end} bytes instead of ${size}`)\n',
        replace: '',
        why: 'missing data are zeros',
      },
    ],
  },
]
