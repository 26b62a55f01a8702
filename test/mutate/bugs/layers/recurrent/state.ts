// Bugs to be planted in src/layers/recurrent/state.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'return t.detach()',
        replace: 'return t',
        why: 'a state that is carried on stays on the tape',
      },
      {
        find: 'Array.isArray(t) ? Array.from(t, (item, l) => cut(`${name}[${l}]`, item))',
        replace: 'Array.isArray(t) ? t',
        why: 'the states of layers by themselves stay on the tape',
      },
      {
        find: 'if (state === undefined) return state\n',
        replace: '',
        why: 'there is no state before the first stretch',
      },
      {
        find: 'given.length !== names.length || ',
        replace: '',
        why: 'a state of more tensors is taken',
      },
      {
        find: '  for (const name of names) requireMatch(who,',
        replace: '  for (const name of names.slice(0, 1)) requireMatch(who,',
        why: 'a c of another shape is taken',
      },
      {
        find: 'zeros(shapeOf(name), { dtype })',
        replace: 'zeros(shapeOf(name))',
        why: 'zeros of another dtype',
      },
      {
        find: '    if (!(t instanceof Tensor))\n      throw new DTypeError(`detachState',
        replace: '    if (t === null)\n      throw new DTypeError(`detachState',
        why: 'what is no tensor is detached',
      },
    ],
  },
]
