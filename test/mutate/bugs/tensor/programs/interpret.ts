// Bugs to be planted in src/tensor/programs/interpret.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: 'addressOf(rows, shift) + row * rows.step',
        replace: 'addressOf(rows, shift)',
        why: 'every row as the first',
      },
      {
        find: '(addressOf(rows, shift) +',
        replace: '(rows.at +',
        why: 'every step as the first',
      },
      {
        find: '(own + place.slot * slotBytes) / size',
        replace: 'own / size',
        why: 'all values in one place',
      },
      {
        find: 'if (k > first) kernels(first, k, row, row + 1)',
        replace: 'if (k > first) kernels(first, k, 0, 1)',
        why: 'kernels before a function run for the first row alone',
      },
      {
        find: 'return repeats ? () => from[first] : (i) => from[first + i]',
        replace: 'return (i) => from[first + i]',
        why: 'one number of a row is read as a row',
      },
      {
        find: 'if (instructions.length > first) kernels',
        replace: 'if (instructions.length < first) kernels',
        why: 'kernels after the last function are not run',
      },
      { find: '+ place.from', replace: '', why: 'columns from the first on' },
    ],
  },
]
