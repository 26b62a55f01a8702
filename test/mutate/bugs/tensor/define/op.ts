// Bugs to be planted in src/tensor/define/op.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: 'runForward(op.name, () => forward(out, inputs, attrs))',
        replace: 'forward(out, inputs, attrs)',
        why: 'defineOp: the forward may make tensors',
      },
    ],
  },
  {
    area: 'tape',
    bugs: [
      {
        find: 'op.vjp.length > 2',
        replace: 'false',
        why: 'the older form of a derivative is taken, and fails in the middle of a pass',
      },
      {
        find: 'inputs === vjpCall.inputs ? vjpCall : withInputs(vjpCall, inputs)',
        replace: 'vjpCall',
        why: 'a derivative cannot tell two uses of one tensor apart',
      },
      {
        find: 'call.inputs[inputs.indexOf(t)] ?? t',
        replace: 't',
        why: 'one tensor given twice is observed by nobody',
      },
      {
        find: 'op.shape === undefined ? shape : [...shape]',
        replace: 'shape',
        why: 'an op’s shape is whatever its definition hands out',
      },
    ],
  },
]
