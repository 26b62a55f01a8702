// Bugs to be planted in src/layers/recurrent/recurrent.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: "this.names = ['h', ...others]",
        replace: 'this.names = [...Object.keys(first.stateSize)]',
        why: 'the output is the state that is named first',
      },
      {
        find: 'this.outputSize(first) * suffixes.length',
        replace: 'this.outputSize(first)',
        why: 'upper layers too narrow for two directions',
      },
      {
        find: "isReverse: suffix.endsWith('reverse')",
        replace: 'isReverse: false',
        why: 'both directions run forward',
      },
      {
        find: 'this.drop(rows, this.regularisation.dropout)',
        replace: 'rows',
        why: 'nothing is dropped between layers',
      },
      {
        find: 'this.training ? dropout(t, p, this.generator) : t',
        replace: 'dropout(t, p, this.generator)',
        why: 'drops out in evaluation too',
      },
      {
        find: 'this.training ? dropout(t, p, this.generator) : t',
        replace: 'this.training ? dropout(t, p) : t',
        why: 'what is dropped is not drawn from the generator given',
      },
      {
        find: 'this[`first_${String(name)}_${suffix}`]',
        replace: 'this[`first_${String(name)}_l0`]',
        why: 'all scans begin from the learned state of the first',
      },
      {
        find: 'const key = `${cell.training} ${kindOf',
        replace: 'const key = `${kindOf',
        why: 'evaluation runs the program of training',
      },
      {
        find: '${cell.training} ${kindOf(rows.held)}',
        replace: '${cell.training}',
        why: 'a step with another share',
      },
      {
        find: 'hidden === state.h ? state : { ...state, h: hidden }',
        replace: 'state',
        why: 'the cell sees an h that is not dropped',
      },
      {
        find: 'return requireStates(who, after, cell.stateSize, x) as S',
        replace: 'return after as S',
        why: 'what a cell gives is not looked at',
      },
      {
        find: 'every: options.every ?? false',
        replace: 'every: false',
        why: 'no states after every step',
      },
      {
        find: 'this.steps.get(cell) ??',
        replace: 'this.steps.get(this.l0) ??',
        why: 'the first cell in all layers',
      },
      {
        find: 'dtype: dtypeOf(own),',
        replace: '',
        why: 'learned states of another dtype',
      },
      {
        find: 'if (isWatched()) return fold(step, names, before, rows)',
        replace: '',
        why: 'watched cells that are programs have no states between steps',
      },
    ],
  },
]
