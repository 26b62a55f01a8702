// Bugs to be planted in src/optim/stateDict.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'optimisers',
    bugs: [
      {
        find: 'isNamed(groups) && isNamed(given) ? byName',
        replace: 'isNamed(groups) && isNamed(given) && groups.length < 0 ? byName',
        why: 'the moments of parameters that changed places are mixed up',
      },
      {
        find: 'isNamed(groups) && isNamed(given)',
        replace: 'isNamed(groups)',
        why: 'state dicts without names are refused',
      },
      {
        find: 'problems.push(`${name}: missing`)',
        replace: '{}',
        why: 'a new parameter is let in',
      },
      {
        find: 'if (!own.has(name)) problems.push(`${name}: unexpected`)',
        replace: '{}',
        why: 'the moments of a parameter are dropped in silence',
      },
      {
        find: 'else if (other.g !== g)',
        replace: 'else if (false)',
        why: 'a parameter that changed its group is let in',
      },
      {
        find: 'others.size < count ?',
        replace: 'others.size < 0 ?',
        why: 'a name that occurs twice is passed over',
      },
      {
        find: 'place < 0 ? null : states[place]',
        replace: 'states[place] ?? null',
        why: 'a state that is undefined begins anew',
      },
      {
        find: 'Array.from(state, readState)',
        replace: 'state',
        why: 'a state that changes between two looks is let in',
      },
      {
        find: 'deepCopy({ ...group })',
        replace: '{ ...group }',
        why: 'the betas of the state dict are the optimiser’s',
      },
      {
        find: 'const options = deepCopy({ ...given }) as O',
        replace: 'const options = given as O',
        why: 'the options of an older state dict are read twice',
      },
      {
        find: 'squares.includes(name) ? moments',
        replace: 'squares.length < 0 ? moments',
        why: 'a state with a negative mean of squares is let in: NaN at the next step',
      },
      {
        find: 'definition.momentNames(given[g].options)',
        replace: 'definition.momentNames(given[0].options)',
        why: 'groups are held to the moments of the first',
      },
      {
        find: 'length === given[g].params.length',
        replace: 'length >= 0',
        why: 'groups of other sizes are let in by position',
      },
      {
        find: 'places.some((place, k) => place !== k)',
        replace: 'places.length < 0',
        why: 'places in another order are passed over',
      },
      {
        find: 'initialLr: options.lr, params',
        replace: 'initialLr: 0, params',
        why: 'a schedule of an older state dict begins at 0',
      },
    ],
  },
]
