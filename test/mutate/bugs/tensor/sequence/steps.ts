// Bugs to be planted in src/tensor/sequence/steps.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'if (found?.places) outside',
        replace: 'if (found?.places && found === null) outside',
        why: 'weights of the first call',
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
    ],
  },
]
