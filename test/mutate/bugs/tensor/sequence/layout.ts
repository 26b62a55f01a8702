// Bugs to be planted in src/tensor/sequence/layout.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'ended: n - (sizes[t + 1] ?? 0)',
        replace: 'ended: t === sizes.length - 1 ? n : 0',
        why: 'ragged: only the longest have a last state',
      },
      {
        find: 'const hasRows = k === 0 || every',
        replace: 'const hasRows = k === 0',
        why: 'every state is asked for, and one is given',
      },
      {
        find: 'last: size + (hasRows ? (N + R) * width : 0)',
        replace: 'last: size + (hasRows ? R * width : 0)',
        why: 'last states over the rows of the longest step',
      },
      {
        find: 'size = states[k].last + N * width',
        replace: 'size = states[k].last',
        why: 'the next state over the last one',
      },
      {
        find: 'y.slice(0, at, at + rows * width).reshape',
        replace: 'y.slice(0, 0, rows * width).reshape',
        why: 'rows of the first state for others',
      },
    ],
  },
]
