// Bugs to be planted in src/optim/optimizer.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'optimisers',
    bugs: [
      { find: '      state.t++\n', replace: '', why: 'steps are not counted' },
      {
        find: 'this.state[k] ?? this.#newState',
        replace: 'this.#newState',
        why: 'forgets its averages at every step',
      },
      {
        find: 'bringIn([p, g, ',
        replace: 'bringIn([p, ',
        why: 'a gradient that is gone is met when others have moved',
      },
      {
        find: 'for (const p of params) clearGrad(p)',
        replace: 'clearGrad(params[0])',
        why: 'only the first gradient is cleared',
      },
      {
        find: '        to.t = before.t\n',
        replace: '',
        why: 'a loaded state starts counting again',
      },
      {
        find: 'to.moments[name].assign_(before.moments[name])',
        replace: 'to.moments[name] = before.moments[name]',
        why: 'a state dict changes with later steps',
      },
      {
        find: '      this.#groups[g].options = options\n',
        replace: '',
        why: 'loading leaves the options behind',
      },
      {
        find: '      this.#groups[g].initialLr = initialLr\n',
        replace: '',
        why: 'a schedule goes on from another first learning rate',
      },
      {
        find: "for (const group of this.#groups) setOption(this.#definition, group, 'lr', lr)",
        replace: "setOption(this.#definition, this.#groups[0], 'lr', lr)",
        why: 'the learning rate of the first group alone is set',
      },
      {
        find: "    this.#requireOneRate('initialLr', (group) => group.initialLr)\n",
        replace: '',
        why: 'groups with learning rates of their own are set to one',
      },
      {
        find: 'if (g !== null) due',
        replace: 'if (g !== null && k === 0) due',
        why: 'only the first parameter moves',
      },
      {
        find: '[from + i, params[i]]',
        replace: '[i, params[i]]',
        why: 'groups share the states of the first',
      },
      {
        find: 'const before = state[from + i]',
        replace: 'const before = state[i]',
        why: 'every group is saved with the states of the first',
      },
      {
        find: 'this.#newState(p, groups[g].options)',
        replace: 'this.#newState(p, groups[0].options)',
        why: 'the moments of the first group alone are saved',
      },
      {
        find: 'paramNames: names && [...names]',
        replace: 'paramNames: null',
        why: 'names are lost, and states go by position',
      },
    ],
  },
]
