// Bugs to be planted in src/optim/optimizer.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'optimisers',
    bugs: [
      { find: '      state.t++\n', replace: '', why: 'steps are not counted' },
      {
        find: 'this.state[k] ?? this.newState',
        replace: 'this.newState',
        why: 'forgets its averages at every step',
      },
      {
        find: 'bringIn([p, g, ',
        replace: 'bringIn([p, ',
        why: 'a gradient that is gone is met when others have moved',
      },
      {
        find: 'for (const p of this.parameters) clearGrad(p)',
        replace: 'clearGrad(this.parameters[0])',
        why: 'only the first gradient is cleared',
      },
      {
        find: 'misfits(read)',
        replace: 'misfits(dict)',
        why: 'a state that changes between two looks is let in',
      },
      { find: '    to.t = from.t\n', replace: '', why: 'a loaded state starts counting again' },
      {
        find: 'to.moments[name].assign_(from.moments[name])',
        replace: 'to.moments[name] = from.moments[name]',
        why: 'a state dict changes with later steps',
      },
      {
        find: '    this.options = read.options\n',
        replace: '',
        why: 'loading leaves the options behind',
      },
      {
        find: 'this.options = requireSettled(this.#definition, { ...this.options, lr })',
        replace: 'requireSettled(this.#definition, { ...this.options, lr })',
        why: 'the learning rate cannot be set',
      },
      {
        find: 'squares.includes(name) ? moments',
        replace: 'squares.length < 0 ? moments',
        why: 'a state with a negative mean of squares is let in: NaN at the next step',
      },
      {
        find: 'p.grad ? [{ k',
        replace: 'p.grad && k === 0 ? [{ k',
        why: 'only the first parameter moves',
      },
      {
        find: 'deepCopy(requireOptions(',
        replace: '(requireOptions(',
        why: 'the caller’s betas are the optimiser’s',
      },
    ],
  },
]
