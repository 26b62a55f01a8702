// Bugs to be planted in src/layers/recurrent/widths.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: '(Object.freeze([...hiddenSize]) as Widths as H)',
        replace: 'hiddenSize',
        why: 'a layer holds the list that it was given',
      },
      {
        find: 'if (count === 0)',
        replace: 'if (false)',
        why: 'no layers at all',
      },
      {
        find: 'requireSizes(who, Object.fromEntries(hiddenSize',
        replace: 'requireSizes(who, Object.fromEntries(hiddenSize.slice(0, 1)',
        why: 'only the first width must be a size',
      },
      {
        find: '(who, numLayers === undefined ? count : numLayers) !== count)',
        replace: '(who, numLayers === undefined ? count : numLayers) === 0)',
        why: 'numLayers beside a list of another length is passed over',
      },
      {
        find: 'numLayers === undefined ? count : numLayers',
        replace: 'numLayers',
        why: 'numLayers may not be left out beside a list',
      },
      {
        find: 'requireLayers(who, numLayers)).fill',
        replace: 'requireLayers(who)).fill',
        why: 'one layer, whatever numLayers is',
      },
      {
        find: 'count: directions * layers.length,',
        replace: 'count: directions,',
        why: 'only the states of the first layer are given',
      },
      {
        find: '[Math.floor(k / count)].select(0, k % count)',
        replace: '[Math.floor(k / count)].select(0, 0)',
        why: 'all directions of a tensor begin from its first state',
      },
      {
        find: '!isArray(x) || x.length !== length',
        replace: '!isArray(x)',
        why: 'a list with a tensor too many is taken',
      },
      {
        find: '!isArray(x) || x.length !== length',
        replace: 'x.length !== length',
        why: 'something else for a list is an error of the language',
      },
      {
        find: '  requireNames(who, names, state)\n',
        replace: '',
        why: 'a state with other names is taken',
      },
      {
        find: 'requireMatch(who, `state.${name}',
        replace: 'if (l === 0) requireMatch(who, `state.${name}',
        why: 'only the state of the first layer must have its shape',
      },
      {
        find: 'states.slice(l * count, (l + 1) * count)',
        replace: 'states.slice(0, count)',
        why: 'the states of the first layer for those of all',
      },
      {
        find: 'isList ? tensors : tensors[0]',
        replace: 'tensors.length > 1 ? tensors : tensors[0]',
        why: 'a list of one layer comes out as a tensor',
      },
    ],
  },
]
