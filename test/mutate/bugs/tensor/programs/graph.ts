// Bugs to be planted in src/tensor/programs/graph.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: 'outer !== rows || inner !== 1',
        replace: 'inner === -1',
        why: 'a sum of other numbers for one of a row',
      },
      {
        find: 'if (out.shape[0] !== rows) return',
        replace: 'if (out.shape[0] === -1) return',
        why: 'rows that were mixed are taken for rows',
      },
      {
        find: 'inputs.slice(1) : inputs\n',
        replace: '[] : []\n',
        why: 'conditions read as numbers',
      },
      {
        find: "maker?.kind === 'product' && uses.get(t) === 1",
        replace: "maker?.kind === 'product'",
        why: 'a product merged into a sum is read by itself',
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
      {
        find: 'if (base.inputs[0] !== x || other.inputs[0] === x) continue',
        replace: 'if (base.inputs[0] !== x) continue',
        why: 'the sum of two products with x',
      },
      {
        find: '|| !sameShape(first.out.shape, second.out.shape)',
        replace: '',
        why: 'a product of one column added to one of many',
      },
      {
        find: '    if (!call.isRecorded) throw new NoProgram(`calls ${call.rule.name} inside noGrad`)\n',
        replace: '',
        why: 'what is computed inside noGrad is differentiated',
      },
      {
        find: 'for (const { dtype } of numbers) if (!isFloat(dtype)) return refuse(`reads ${dtype}`)\n',
        replace: '',
        why: 'ints and flags read as floats',
      },
      {
        find: '    if (!read.has(node.out)) continue\n',
        replace: '',
        why: 'what nobody reads takes part',
      },
      {
        find: 'const read = new Set(results)',
        replace: 'const read = new Set(results.slice(0, 1))',
        why: 'what the first state does not need is not computed',
      },
      {
        find: '    for (const t of node.inputs) read.add(t)\n',
        replace: '    read.add(node.inputs[0])\n',
        why: 'what is a second argument is not computed',
      },
      {
        find: 'biases: [...base.biases, ...other.biases]',
        replace: 'biases: base.biases',
        why: 'the bias of a product that is added to another one is lost',
      },
      {
        find: 'biases: [...base.biases, ...other.biases]',
        replace: 'biases: other.biases',
        why: 'the bias of a product that another one is added to is lost',
      },
      {
        find: '{ ...other, biases: [], onto',
        replace: '{ ...other, onto',
        why: 'the bias of a product in place of the rows that it is added to',
      },
    ],
  },
]
