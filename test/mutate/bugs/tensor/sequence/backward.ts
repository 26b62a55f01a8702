// Bugs to be planted in src/tensor/sequence/backward.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'moveStates(statePlaces, from, N + at)',
        replace: 'moveStates(statePlaces, N + at, N + at)',
        why: 'the state after for the one before',
      },
      {
        find: 'dy + states[k].last * bytes, N * rowBytes[k]',
        replace: 'dy, N * rowBytes[k]',
        why: "the last states' cotangents from the first rows",
      },
      {
        find: 'if (rows !== null) addTo(k, dy + rows * bytes + (N + at) * row, n)',
        replace: '',
        why: "the outputs' cotangents are lost",
      },
      {
        find: 'if (rows !== null) addTo(k, dy + rows * bytes, N)',
        replace: '',
        why: "the first state's own cotangent is lost",
      },
      {
        find: 'n * row)\n      if (beforeAt',
        replace: 'N * row * 0)\n      if (beforeAt',
        why: 'a cotangent that is read late is not kept',
      },
      {
        find: 'end - at + N <= capacity',
        replace: 'end - at <= capacity',
        why: 'the last rows of a part overwrite what lies before their room',
      },
      { find: '    end = at\n', replace: '', why: 'every part but the first is too long' },
      {
        find: 'return has ? 1 : 0',
        replace: 'return 0',
        why: "the weights' gradients from the first rows alone",
      },
      {
        find: 'return has ? 1 : 0',
        replace: 'return 1',
        why: "the weights' gradients on top of what lay there",
      },
      {
        find: 'let dxIsBegun = readsX',
        replace: 'let dxIsBegun = false',
        why: 'what programs give to the cotangent of x is overwritten',
      },
      {
        find: 'const [a, b] = transposed ? [from, operand] : [operand, from]',
        replace: 'const [a, b] = [from, operand]',
        why: 'the gradient of a weight of matmul transposed',
      },
      {
        find: '(before[k]?.address() ?? stateRows[k]) + at * rowBytes[k]',
        replace: 'stateRows[k] + at * rowBytes[k]',
        why: "ragged: the weights' gradients from the wrong states",
      },
      {
        find: 'const transB = Number(transposed === w.transposed)',
        replace: 'const transB = Number(!transposed)',
        why: 'a weight that is a transpose',
      },
      {
        find: 'i === 0)\n        kernels.scatterAddRows',
        replace: 'i >= 0)\n        kernels.scatterAddRows',
        why: 'equal rows of x: cotangents of other products are added',
      },
      {
        find: 'kernels.fill(t.address(), t.size, 0)',
        replace: 'kernels.fill(t.address(), 0, 0)',
        why: 'an empty run leaves gradients as they lay there',
      },
      {
        find: '|| uses(bias) + uses(first) > 2',
        replace: '',
        why: "a bias that is used once more takes another's gradient",
      },
      {
        find: '    copyBytes(to.address(), from.address(), width * bytes)\n',
        replace: '',
        why: "a bias whose cotangents are another's gets no gradient",
      },
      {
        find: '    begun.add(to)\n',
        replace: '',
        why: "a bias whose cotangents are another's gets zeros",
      },
      {
        find: '1, rows, source.width, accumulate(d))',
        replace: '1, rows, source.width, 0)',
        why: "a vector's gradient from the first rows alone",
      },
      {
        find: 'repeats.rowOf.address() + 4 * at',
        replace: 'repeats.rowOf.address()',
        why: 'equal rows: the kinds of the first rows for others',
      },
      {
        find: '        dxIsBegun = true\n',
        replace: '',
        why: 'a second product with x overwrites its cotangent',
      },
      {
        find: 'dx.address() + at * D * bytes',
        replace: 'dx.address()',
        why: 'the cotangent of x in the first rows',
      },
      {
        find: 'dy + rows * bytes + (N + at) * row, n)',
        replace: 'dy + rows * bytes + at * row, n)',
        why: "the outputs' cotangents of the step before",
      },
      {
        find: '[dWeight.address(), accumulate(dWeight)]',
        replace: '[dWeight.address(), 1]',
        why: "a weight's gradient on top of what lay there",
      },
      {
        find: 'return saved.factors[source.factor].address() + at * source.width * bytes',
        replace: 'return saved.factors[source.factor].address()',
        why: 'the first factors for all',
      },
    ],
  },
]
