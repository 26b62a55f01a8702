// Bugs to be planted in src/files/torch/pickle.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    tests: ['test/files/torch'],
    bugs: [
      {
        find: 'value = BigInt.asIntN(8 * n, value)',
        replace: '',
        why: 'long whole numbers lose their sign',
      },
      {
        find: 'Number.isSafeInteger(Number(value)) ? Number(value) : value',
        replace: 'Number(value)',
        why: 'whole numbers beyond 2⁵³ are rounded',
      },
      {
        find: 'm.view.getInt32(m.take(4), true)',
        replace: 'm.view.getUint32(m.take(4), true)',
        why: 'negative whole numbers are read as large ones',
      },
      {
        find: '!this.#known(path)',
        replace: 'false',
        why: 'names that nobody knows get as far as the values',
      },
      {
        find: 'this.#outer.push(this.#stack) > DEEPEST',
        replace: 'this.#outer.push(this.#stack) < 0',
        why: 'marks are nested to any depth',
      },
      {
        find: 'm.remember(m.memo.size)',
        replace: 'm.remember(m.memo.size + 1)',
        why: 'protocols 4 and 5 remember under other numbers',
      },
    ],
  },
]
