// Bugs to be planted in src/tensor/sequence/places.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'place.move = moves ? place.step : 0',
        replace: 'place.move = 0',
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
        find: 'after.at = origins[k] + N * row',
        replace: 'after.at = origins[k]',
        why: 'the state after over the one before',
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
      {
        find: 'before.step = before.move = after.step = after.move = row',
        replace: 'before.step = after.step = row',
        why: 'every step begins from the first state',
      },
      {
        find: '    this.#offset = 0\n    states',
        replace: '    states',
        why: 'ragged: a second call begins as far behind its states as the first ended',
      },
      {
        find: '    this.#offset = offset\n',
        replace: '',
        why: 'ragged: the states before move by all steps at each step',
      },
      {
        find: 'if (rows === 0) return false',
        replace: 'if (rows <= 0) return false',
        why: 'ragged: in the backward pass the states before do not move back',
      },
      {
        find: 'place.at += rows * place.step',
        replace: 'place.at += rows',
        why: 'ragged: the states before move by bytes in place of rows',
      },
      {
        find: 't === 0 ? 0 : N - sizes[t - 1]',
        replace: 't === 0 ? 0 : N - sizes[t]',
        why: 'ragged: the states before from the rows of this step',
      },
      {
        find: 'return addressOf(this.#before[k], shift)',
        replace: 'return this.#before[k].at',
        why: "ragged: the weights' gradients from the states before the first step",
      },
      {
        find: '    for (const [source, own] of operands.dVectors) widths.set(own, plan.sources[source].width)\n',
        replace: '',
        why: 'the cotangents of vectors have no room',
      },
    ],
  },
]
