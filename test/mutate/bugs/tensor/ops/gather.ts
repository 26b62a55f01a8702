// Bugs to be planted in src/tensor/ops/gather.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: '  out.storage.copied = true\n',
        replace: '',
        why: 'a change of rows picked by index is lost',
      },
      {
        find: '    picked.storage.copied = true\n',
        replace: '',
        why: 'a change of elements picked by index is lost',
      },
    ],
  },
  {
    area: 'derivatives',
    bugs: [
      {
        find: ' && index.storage.changedAt < node.id',
        replace: '',
        why: 'an index that was changed since still tells which rows are equal',
      },
      {
        find: 'index.rank === x.rank - 1',
        replace: 'true',
        why: 'whole sequences that were picked are taken for rows',
      },
      {
        op: 'indexSelect',
        find: 'fill(out.address(), out.size, 0)\n    places.forEach((index, i)',
        replace: 'fill(out.address(), 0, 0)\n    places.forEach((index, i)',
        why: 'rows that were not picked are not cleared',
      },
      {
        op: 'gather',
        find: 'fill(out.address(), out.size, 0)\n    places.forEach(({ index',
        replace: 'fill(out.address(), 0, 0)\n    places.forEach(({ index',
        why: 'elements that were not picked are not cleared',
      },
      {
        op: 'indexSelect',
        find: 'scatterAddRows(to, from, at, index.size,',
        replace: 'scatterAddRows(to, from, at, index.size - 1,',
        why: 'add-into: the last row is lost',
      },
      {
        op: 'indexSelect',
        find: 'needsGrad[i] ? pickRows(h, index) : null',
        replace: 'null',
        why: 'second derivative missing',
      },
      {
        op: 'gather',
        find: 'needsGrad[i] ? pickElements([h], place) : null',
        replace: 'null',
        why: 'second derivative missing',
      },
      {
        op: 'indexSelect',
        find: 'order.toSpliced(k, 0, ...ofIndex)',
        replace: 'order.toSpliced(0, 0, ...ofIndex)',
        why: 'the picked axes in front',
      },
      {
        op: 'gather',
        find: 'shape[axis],\n  sizeOf(index.shape.slice(axis + 1)),',
        replace: 'index.shape[axis],\n  sizeOf(index.shape.slice(axis + 1)),',
        why: 'the index’s length for the input’s',
      },
      {
        op: 'gather',
        find: '(i === k || n === t.shape[i] ? t : t.slice(i, 0, n))',
        replace: 't',
        why: 'an index shorter than the input reads the wrong rows',
      },
    ],
  },
]
