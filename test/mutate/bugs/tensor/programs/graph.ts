// Bugs to be planted in src/tensor/programs/graph.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: 'if (out.shape[0] !== rows) return',
        replace: 'if (out.shape[0] === -1) return',
        why: 'rows that were mixed are taken for rows',
      },
      {
        find: 'n !== columnsOf(input))',
        replace: 'n === -1)',
        why: 'a sum of other numbers for one of a row',
      },
      {
        find: 'inputs.slice(1) : inputs\n',
        replace: '[] : []\n',
        why: 'conditions read as numbers',
      },
      {
        find: 'return attrs === 0 ||',
        replace: 'return attrs === -1 ||',
        why: 'rows below each other taken for rows side by side',
      },
      { find: 'offset + sizeOf(own) <= width', replace: 'true', why: 'columns beyond the row' },
      {
        find: 'const isRepeated = width === 1 && offset === 0',
        replace: 'const isRepeated = offset === 0',
        why: 'a reversed row taken for one number',
      },
      {
        find: "maker?.kind === 'product' && uses.get(t) === 1",
        replace: "maker?.kind === 'product'",
        why: 'a product merged into a sum is read by itself',
      },
      {
        find: '|| onto.has(base.out)) continue',
        replace: ') continue',
        why: 'two products begin one sum',
      },
      {
        find: "transposed = form === 'affine'",
        replace: "transposed = form !== 'affine'",
        why: 'a weight transposed',
      },
      {
        find: 'columnsOf(one) === 1 || sameShape(rest(one), rest(out))',
        replace: 'true',
        why: 'rows broadcast along other axes',
      },
    ],
  },
]
