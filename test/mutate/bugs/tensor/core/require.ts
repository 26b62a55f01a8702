// Bugs to be planted in src/tensor/core/require.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: "if (typeof result === 'function') return 'a function: call it inside'",
        replace: '',
        why: 'work in a returned function escapes its scope',
      },
      {
        find: "return iterates ? 'an iterator: run through it inside' : null",
        replace: 'return null',
        why: 'a generator’s work escapes its scope',
      },
      {
        find: 'Symbol.iterator in result || ',
        replace: '',
        why: 'a generator’s work escapes its scope',
      },
      {
        find: 'Symbol.asyncIterator in result || ',
        replace: '',
        why: 'an asynchronous generator’s work escapes its scope',
      },
    ],
  },
]
