// Bugs to be planted in src/tensor/sequence/compose.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'last[k].unshift(t.slice(0, n - ended))',
        replace: 'last[k].push(t.slice(0, n - ended))',
        why: 'last states in the order in which they ended',
      },
      { find: 'isFixed ? 0 : at', replace: '0', why: 'the mask of the first step for all' },
      {
        find: 'known.get(node.onto) as Tensor).add(own)',
        replace: 'known.get(node.onto) as Tensor)',
        why: 'the second product forgotten in a recorded pass',
      },
      {
        find: "if (node.kind === 'joined') return cat(inputs, 1)",
        replace: "if (node.kind === 'joined') return cat([...inputs].reverse(), 1)",
        why: 'joined the other way round in a recorded pass',
      },
      {
        find: 'rowsOf(product, at, n)',
        replace: 'rowsOf(product, 0, n)',
        why: 'the product with x of the first step for all',
      },
      {
        find: 'first.slice(1, node.from, node.from + width)',
        replace: 'first.slice(1, 0, width)',
        why: 'the first columns in a recorded pass',
      },
      {
        find: 'k === 0 || every ? [flat(own), flat(last[k])]',
        replace: 'every ? [flat(own), flat(last[k])]',
        why: 'a recorded pass knows no rows of h',
      },
      {
        find: '[t.slice(0, sizes[0] ?? 0)]',
        replace: '[t.slice(0, t.shape[0])]',
        why: 'a recorded pass forgets sequences without steps',
      },
      {
        find: 'one.broadcastTo([rows, columnsOf(t)])',
        replace: 'one',
        why: 'a state of one number has one row in a recorded pass',
      },
      {
        find: 'sizes[0] ?? 0',
        replace: '0',
        why: 'a recorded pass gives sequences more last states',
      },
      {
        find: 'return bias === null ? own : own.add(bias)',
        replace: 'return own',
        why: 'the bias next to a product without transpose is lost in a recorded pass',
      },
    ],
  },
]
