// Bugs to be planted in src/tensor/define/record.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        op: 'where',
        find: 'for (let i = 0; i < inputs.length; i++) {\n    if (inputs[i].node',
        replace: 'for (let i = 0; i < 1; i++) {\n    if (inputs[i].node',
        why: 'recorded only for the sake of the first input',
      },
      {
        op: 'eq',
        find: ' && isFloat(out.dtype)) {\n      out.node',
        replace: ') {\n      out.node',
        why: 'records results that are no real numbers',
      },
      {
        find: '    for (const call of calls) hear(call)\n',
        replace: '',
        why: 'a listener does not hear what an inner one heard',
      },
      {
        find: '    listener = outer\n',
        replace: '    listener = null\n',
        why: 'a listener is deaf after an inner one',
      },
      {
        find: 'inputs.length === 2 ? inputs[0] === inputs[1] : new Set(inputs).size < inputs.length',
        replace: 'inputs.length === 2 && inputs[0] === inputs[1]',
        why: 'one tensor in two of three places',
      },
      {
        find: 'rule: { name }, inputs: [t],',
        replace: 'rule: { name }, inputs: [],',
        why: 'what reads numbers of the example is not seen',
      },
      {
        find: '  if (listener.traces) call.out.storage.pinned = true\n',
        replace: '',
        why: 'what a function computes inside noGrad is gone when a listener reads it',
      },
      {
        find: 'rule: detach, inputs: [input]',
        replace: 'rule: detach, inputs: []',
        why: 'numbers that are read through detach are those of the example',
      },
    ],
  },
]
