// Bugs to be planted in src/testing/grade/rows.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'z_t = numbers(c.tanh())',
        replace: 'z_t = numbers(c)',
        why: 'z_t is the memory, without its tanh',
      },
      {
        find: "['x', 'h0', 'Wh', 'Wx', 'b', 'h']",
        replace: "['x', 'h0', 'Wx', 'Wh', 'b', 'h']",
        why: 'the cache of a sequence is read in another order',
      },
      {
        find: 'if (rows.length === 1) return rows[0]',
        replace: 'if (rows.length === 0) return rows[0]',
        why: 'the bias is a matrix of one row',
      },
    ],
  },
]
