// Bugs to be planted in src/distributed/exchange.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'distributed',
    tests: ['test/distributed/faults.test.ts', 'test/distributed/training.test.ts'],
    bugs: [
      {
        find: 'if (!isSame) this.#refuse(name, text)',
        replace: '',
        why: 'ranks that do something else are summed',
      },
      {
        find: 'if (waited > this.#timeoutMs) this.#giveUp(call)',
        replace: '',
        why: 'a rank that does not come is waited for without end',
      },
      {
        find: 'this.#broken = message',
        replace: '',
        why: 'a group goes on with a call that was given up',
      },
      {
        find: 'i += piece) {',
        replace: 'i += piece + 1) {',
        why: 'the first number of each further piece is not summed',
      },
      {
        find: 'Math.min(piece, count - i)',
        replace: 'piece',
        why: 'the last piece sums what lies behind the numbers',
      },
      {
        find: "this.agree({ name: 'close', what: '' })",
        replace: '',
        why: 'a rank leaves while others wait for it, and nobody learns it',
      },
      {
        find: '(k) => k === rank || told[k] === this.#count',
        replace: '(k) => k === rank',
        why: 'ranks that wait are said to be missing',
      },
    ],
  },
]
