// Bugs to be planted in src/tensor/ops/strided.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: '    out.storage.copied = true\n',
        replace: '',
        why: 'a change of a selection that was copied is lost',
      },
      {
        find: 'record(rule, [x], view, shared)',
        replace: '(whole ? x : record(rule, [x], view, shared))',
        why: 'what changes nothing gives its input',
      },
      {
        find: '(!x.transposed && isContiguous',
        replace: '(isContiguous',
        why: 'a view of a transpose reads it as it is stored',
      },
    ],
  },
  {
    area: 'derivatives',
    bugs: [
      {
        op: 'slice',
        find: "move('add', shape, g.dtype, to + offset * BYTES[g.dtype], strides",
        replace: "move('add', shape, g.dtype, to, strides",
        why: 'add-into: from the start',
      },
      {
        op: 'slice',
        find: 'out.address() + offset * BYTES[out.dtype]',
        replace: 'out.address()',
        why: 'the cotangent lands at the start',
      },
      {
        op: 'select',
        find: '    kernelsOf(out).fill(out.address(), out.size, 0)\n    places',
        replace: '    places',
        why: 'the rest of the gradient is not cleared',
      },
      {
        op: 'slice',
        find: 'readBack(h, view)',
        replace: 'readBack(h, { ...view, offset: 0 })',
        why: 'second derivative: from the start',
      },
      {
        op: 'slice',
        find: 'gs[i].address()]',
        replace: 'gs[0].address()]',
        why: 'recorded: the first cotangent in every place',
      },
      {
        op: 't',
        find: 'vjp: (g) => [swapLast(g)]',
        replace:
          'vjp: (g) => [g.reshape([...g.shape.slice(0, -2), g.shape.at(-1) as number, g.shape.at(-2) as number])]',
        why: 'reshaped, not transposed',
      },
      {
        op: 't',
        find: 'lastSwapped(stridesOf(g.shape))',
        replace: 'stridesOf(g.shape)',
        why: 'add-into: not transposed',
      },
    ],
  },
]
