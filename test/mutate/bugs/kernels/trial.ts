// Bugs to be planted in src/kernels/trial.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    bugs: [
      {
        find: 'if (!isProduct(numbers)) return false',
        replace: '',
        why: 'fast and wrong tiles are taken',
      },
      {
        find: 'ofTall < CLEARLY * ofWide',
        replace: 'ofTall < ofWide',
        why: 'hardly faster tiles are taken',
      },
      {
        find: 'time(tall) / (TALL[0] * TALL[1])',
        replace: 'time(tall) / (WIDE[0] * WIDE[1])',
        why: 'times of different work',
      },
      {
        find: 'viewOf(memory, Float32Array, start,',
        replace: 'viewOf(memory, Float32Array, 0,',
        why: 'writes where others’ tables are',
      },
    ],
  },
]
