// Bugs to be planted in src/tensor/programs/lower.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: '        copy(node.out, input, -at)\n',
        replace: '',
        why: 'an input is not cut where the result is',
      },
      {
        find: '          copy(input, node.out, at)\n',
        replace: '',
        why: 'a result is not cut where its input is',
      },
      {
        find: 'from >= one.from && from < one.from + one.width',
        replace: 'from >= one.from',
        why: 'the first columns for all',
      },
      {
        find: 'from: at + part.from',
        replace: 'from: part.from',
        why: 'joined rows over each other',
      },
      {
        find: "node.kind === 'columns' ? from + node.from : from",
        replace: 'from',
        why: 'the first columns in place of later ones',
      },
      {
        find: 'parts.map(({ width, value }) => width / value.width)',
        replace: 'parts.map(() => 1)',
        why: 'a number that stands for many columns is added once',
      },
      { find: '!isFloat(out.dtype))', replace: 'false)', why: 'conditions taken for numbers' },
      {
        find: "        if (node.kind === 'joined') at += columnsOf(input)\n",
        replace: '',
        why: 'joined rows are cut as the first',
      },
    ],
  },
]
