// Bugs to be planted in src/tensor/sequence/steps.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'if (found?.places) outside',
        replace: 'if (found?.places && found === null) outside',
        why: 'where parameters stand is not known',
        equivalent: 'the step is recorded at every call, and they are found: only slower',
      },
      {
        find: 'if (!after.every((t, k) => isSame(t, now.after[k]))) return null\n',
        replace: '',
        why: 'a step that gives other states now',
      },
      { find: 'call.rule === other.rule &&', replace: '', why: 'a step with other ops now' },
      {
        find: 'sameData(call.attrs, other.attrs) &&',
        replace: '',
        why: 'a step with other attributes now',
      },
      {
        find: 'if (textOfPlan(plan) !== textOfPlan(other))',
        replace: 'if (plan === other)',
        why: 'a step that depends on its numbers',
      },
      {
        find: 'if (t.storage.version !== versions[i])',
        replace: 'if (t.storage.version < versions[i])',
        why: 'numbers that a step changes in place are the first ones at every step',
      },
      {
        find: 'sameData(own.attrs, made.attrs) &&',
        replace: '',
        why: 'another part of a tensor at each call is the first one at every step',
      },
      {
        find: '(number !== undefined && Object.is(number, numberOf(b)))',
        replace: 'number !== undefined',
        why: 'a number that changes at each call is the first one at every step',
      },
      {
        find: ' && a.byteOffset === b.byteOffset',
        replace: '',
        why: 'other rows of a tensor at each call are the first ones at every step',
      },
      {
        find: ' && a.transposed === b.transposed',
        replace: '',
        why: 'a matrix and its transpose by turns are the matrix at every step',
      },
      {
        find: 'for (const t of first) key += ` ${t.shape[1]}`\n',
        replace: '',
        why: 'states of another size',
      },
      {
        find: 'indices.includes(-1) ? null',
        replace: 'false ? null',
        why: 'weights that are no parameters are looked for among them',
      },
      {
        find: 't.node === null && Object.is(',
        replace: 'true || Object.is(',
        why: 'a number of the first call',
      },
      {
        find: 'if (old.dtype !== t.dtype || !sameShape(old.shape, t.shape)) return false\n',
        replace: '',
        why: 'a weight of another shape now',
      },
      {
        find: 'call.isRecorded === other.isRecorded &&',
        replace: '',
        why: 'a step that computes inside noGrad now',
      },
      {
        find: '      requireLasting(plan, other)\n',
        replace: '',
        why: 'random numbers of the first call for all',
      },
      {
        find: 'let key = `${x.dtype} ${x.shape[1]}`',
        replace: 'let key = `${x.shape[1]}`',
        why: 'a program of another dtype',
      },
      {
        find: 'let key = `${x.dtype} ${x.shape[1]}`',
        replace: 'let key = `${x.dtype}`',
        why: 'a program for another size of x',
      },
      {
        find: '      made.storage.pinned = true\n',
        replace: '',
        why: 'the example is freed with the scope of the first call',
      },
      {
        find: '[EXAMPLE_ROWS + variant, ...',
        replace: '[EXAMPLE_ROWS, ...',
        why: 'a step that counts its rows is not seen',
      },
      {
        find: 'call.inputs.every((t, k) => isSame(t, other.inputs[k]))',
        replace: 'call.inputs.every((t) => isSame(t, t))',
        why: 'a step that combines other values now',
      },
    ],
  },
]
