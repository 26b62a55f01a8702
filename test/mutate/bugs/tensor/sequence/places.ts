// Bugs to be planted in src/tensor/sequence/places.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'this.#origins[i] + at * this.#moving[i].step',
        replace: 'this.#origins[i]',
        why: 'every step at the first rows',
      },
      {
        find: 'this.set(operand, mask.address(), width, !isFixed)',
        replace: 'this.set(operand, mask.address(), width, isFixed)',
        why: 'a mask of every step for one of all, and the other way round',
      },
      {
        find: 'this.set(operand, outside[source.outside].address(), 0, false)',
        replace: 'this.set(operand, outside[source.outside].address(), width, false)',
        why: 'a vector read as rows',
      },
      {
        find: 'before[k].at = origins[k] + from * before[k].step',
        replace: 'before[k].at = origins[k] + to * before[k].step',
        why: 'the state after for the one before',
      },
      {
        find: 'this.set(operand, saved.own[i].address(), width, true)',
        replace: 'this.set(operand, saved.own[i].address(), width, false)',
        why: 'saved in the rows of the first step',
      },
      {
        find: 'this.set(operand, saved.factors[source.factor].address(), width, true)',
        replace: 'this.set(operand, saved.factors[source.factor].address(), width, false)',
        why: 'factors of the last step for all',
      },
      {
        find: 'rows.address(), width, kept !== null)',
        replace: 'rows.address(), width, true)',
        why: 'the rows of one step move along',
      },
    ],
  },
]
