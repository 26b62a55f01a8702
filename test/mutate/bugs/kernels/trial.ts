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
        find: 'ofTall.best < CLEARLY * ofWide.best',
        replace: 'ofTall.best < ofWide.best',
        why: 'hardly faster tiles are taken',
      },
      {
        find: 'timed(tall, TALL)',
        replace: 'timed(tall, WIDE)',
        why: 'times of different work',
      },
      {
        find: 'if (!ofWide.isOptimised) continue',
        replace: '',
        why: 'an optimised tile is compared with one that is not',
      },
      {
        find: 'ofTall.isOptimised && ++rounds',
        replace: '++rounds',
        why: 'a tile that is not optimised decides',
      },
      {
        find: 'PATIENCE = 250',
        replace: 'PATIENCE = 2500',
        why: 'a trial of seconds where nothing is optimised',
      },
      {
        find: 'viewOf(memory, Float32Array, start,',
        replace: 'viewOf(memory, Float32Array, 0,',
        why: 'writes where others’ tables are',
      },
    ],
  },
]
