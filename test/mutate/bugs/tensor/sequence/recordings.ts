// Bugs to be planted in src/tensor/sequence/recordings.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: '(number !== undefined && Object.is(number, numberOf(b)))',
        replace: 'number !== undefined',
        why: 'a number that changes at each call is the first one at every step',
      },
      {
        find: '  a.byteOffset === b.byteOffset &&\n',
        replace: '',
        why: 'other rows of a tensor at each call are the first ones at every step',
      },
      {
        find: '  a.transposed === b.transposed &&\n',
        replace: '',
        why: 'a matrix and its transpose by turns are the matrix at every step',
      },
      {
        find: 'own === made && isSamePlace(a, b)',
        replace: 'own === made',
        why: 'two tensors by turns are the first one at every step',
      },
      {
        find: 'own === made && isSamePlace(a, b)',
        replace: 'isSamePlace(a, b)',
        why: 'a view and the tensor that it views are one',
      },
      {
        find: 'own.rule === made.rule &&',
        replace: '',
        why: 'another function of a tensor at each call is the first one at every step',
      },
      {
        find: 'sameData(own.attrs, made.attrs) &&',
        replace: '',
        why: 'another part of a tensor at each call is the first one at every step',
      },
      {
        find: 'own.inputs.every((t, i) => isLasting(t, made.inputs[i]))',
        replace: 'true',
        why: 'what is made of another tensor at each call is the first one at every step',
      },
      {
        find: 'if (t !== null)\n    throw',
        replace: 'if (t?.size === 0)\n    throw',
        why: 'a step that takes another tensor at each call is a program',
      },
      {
        find: '    products,\n',
        replace: '',
        why: 'a step that multiplies otherwise for other rows',
      },
      {
        find: 'if (known !== undefined) return known === t',
        replace: 'if (known !== undefined) return true',
        why: 'a step that combines the same values otherwise now',
      },
      {
        find: 'if (old.dtype !== t.dtype || !sameShape(old.shape, t.shape)) return false\n',
        replace: '',
        why: 'a weight of another shape now',
      },
      {
        find: 'return t.node === null && Object.is(number, numberOf(t))',
        replace: 'return true',
        why: 'a number of the first call',
      },
      {
        find: '    outside.set(old, t)\n    return',
        replace: '    outside.set(old, old)\n    return',
        why: 'the tensors of the first call',
      },
      {
        find: '  if (was.length !== is.length) return null\n',
        replace: '',
        why: 'a step with fewer ops now',
      },
      {
        find: 'call.rule === other.rule &&',
        replace: '',
        why: 'a step with other ops now',
      },
      {
        find: 'call.isRecorded === other.isRecorded &&',
        replace: '',
        why: 'a step that computes inside noGrad now',
      },
      {
        find: 'sameData(call.attrs, other.attrs) &&',
        replace: '',
        why: 'a step with other attributes now',
      },
      {
        find: 'call.inputs.every((t, k) => isSame(t, other.inputs[k]))',
        replace: 'call.inputs.every((t) => isSame(t, t))',
        why: 'a step that combines other values now',
      },
      {
        find: '  if (!after.every((t, k) => isSame(t, now.after[k]))) return null\n',
        replace: '',
        why: 'a step that gives other states now',
      },
    ],
  },
]
