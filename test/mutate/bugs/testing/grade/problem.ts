// Bugs to be planted in src/testing/grade/problem.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'N: 3, D: 3, H: 3, T, largest: 1000',
        replace: 'N: 3, D: 3, H: 3, T, largest: 1',
        why: 'functions that clip are right',
      },
      {
        find: '    { N: 1, D: 3, H: 4, T, largest: 1 },\n',
        replace: '',
        why: 'functions that are wrong for one example are right',
      },
      {
        find: '[1, 2, 3, 5, 9]',
        replace: '[1, 2, 3, 5]',
        why: 'functions that are wrong from the eighth step on are right',
      },
      {
        find: 'form.sequence ? zeros([N, H]',
        replace: 'form.sequence && N === 0 ? zeros([N, H]',
        why: 'the memory of a sequence does not begin at zero',
      },
    ],
  },
]
