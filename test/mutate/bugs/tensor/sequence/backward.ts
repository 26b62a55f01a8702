// Bugs to be planted in src/tensor/sequence/backward.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'places.moveBefore(offsetBefore(sizes, t, N))',
        replace: 'places.moveBefore(N)',
        why: 'the state after for the one before',
      },
      {
        find: 'if (places.moveBefore(offsetBefore(sizes, t, N))) places.tell(this.#codes)',
        replace: 'places.moveBefore(offsetBefore(sizes, t, N))',
        why: 'ragged: programs are not told that the states before a step lie elsewhere',
      },
      {
        find: 'copyBytes(dStates[k], dy + last * bytes,',
        replace: 'copyBytes(dStates[k], dy,',
        why: "the last states' cotangents from the first rows",
      },
      {
        find: '        addRows(k, N + at, n)\n',
        replace: '',
        why: "the outputs' cotangents are lost",
      },
      {
        find: 'addRows(k, N + at, n)',
        replace: 'addRows(k, at, n)',
        why: "the outputs' cotangents of the step before",
      },
      {
        find: '    for (let k = 0; k < states.length; k++) addRows(k, 0, N)\n',
        replace: '',
        why: "the first state's own cotangent is lost",
      },
      {
        find: '        if (apart[k] !== 0) copyBytes(apart[k], dStates[k], n * row)\n',
        replace: '',
        why: 'a cotangent that is read late is not kept',
      },
      {
        find: 'end - at + N <= this.#capacity',
        replace: 'end - at <= this.#capacity',
        why: 'the last rows of a part overwrite what lies before their room',
      },
      {
        find: '      end = at\n',
        replace: '',
        why: 'every part but the first is too long',
      },
      {
        find: '(this.#capacity - end) * width',
        replace: '(this.#capacity - this.#x.shape[0]) * width',
        why: 'the cotangents of every part but the first before their room',
      },
      {
        find: '    places.tell(this.#codes)\n  }',
        replace: '  }',
        why: 'programs are not told where the next part lies',
      },
      {
        find: 'places.set(operand, at, width, true)',
        replace: 'places.set(operand, at, width, false)',
        why: 'the cotangents of all steps of a part in one place',
      },
      {
        find: '    places.setStates(this.#states, this.#origins, this.#N)\n',
        replace: '',
        why: 'the states of the call that ran last',
      },
      {
        find: '    places.setSources(this.#x, attrs.masks, this.#outside, saved, [])\n',
        replace: '',
        why: 'the rows of the call that ran last',
      },
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
        find: 'let xIsBegun = readsX',
        replace: 'let xIsBegun = false',
        why: 'what programs give to the cotangent of x is overwritten',
      },
      {
        find: '        xIsBegun = true\n',
        replace: '',
        why: 'a second product with x overwrites its cotangent',
      },
      {
        find: 'out: needsX.address() + at * D * this.#bytes',
        replace: 'out: needsX.address()',
        why: 'the cotangent of x in the first rows',
      },
      {
        find: 'transB: Number(transposed === w.transposed)',
        replace: 'transB: Number(!transposed)',
        why: 'a weight that is a transpose',
      },
      {
        find: 'const [a, b] = transposed ? [from, operand] : [operand, from]',
        replace: 'const [a, b] = [from, operand]',
        why: 'the gradient of a weight of matmul transposed',
      },
      {
        find: '[dWeight.address(), this.#begin(dWeight)]',
        replace: '[dWeight.address(), 1]',
        why: "a weight's gradient on top of what lay there",
      },
      {
        find: '(this.#before[k]?.address() ?? this.#origins[k]) + further',
        replace: 'this.#origins[k] + further',
        why: "ragged: the weights' gradients from the wrong states",
      },
      {
        find: 'places.stateBefore(k, at), n * row',
        replace: 'places.stateAfter(k, at), n * row',
        why: "ragged: the weights' gradients from the states after",
      },
      {
        find: 'saved.factors[source.factor].address() + further',
        replace: 'saved.factors[source.factor].address()',
        why: 'the first factors for all',
      },
      {
        find: 'addressOf(from, at), n, Number(accumulates[i])',
        replace: 'from.at, n, Number(accumulates[i])',
        why: 'what goes to the state before from the cotangents of the first rows',
      },
      {
        find: 'addressOf(places.rows[operands.dProducts[i]], at)',
        replace: 'places.rows[operands.dProducts[i]].at',
        why: "gradients from other rows' cotangents",
      },
      {
        find: 'saved.repeats !== null && i === 0',
        replace: 'saved.repeats !== null',
        why: 'equal rows of x: cotangents of other products are added',
      },
      {
        find: 'repeats.rowOf.address() + 4 * at',
        replace: 'repeats.rowOf.address()',
        why: 'equal rows: the kinds of the first rows for others',
      },
      {
        find: 'const byRows = repeats === null || isObserved(repeats.picked)',
        replace: 'const byRows = repeats === null',
        why: 'equal rows: a hook sees the sums of their cotangents',
      },
      {
        find: '    if (bias !== null) found[first + bias] = own[2]\n',
        replace: '',
        why: 'equal rows: the bias gets no gradient',
      },
      {
        find: 'kernels.fill(t.address(), t.size, 0)',
        replace: 'kernels.fill(t.address(), 0, 0)',
        why: 'an empty run leaves gradients as they lay there',
      },
      {
        find: 'const dBias = bias === null ? null',
        replace: 'const dBias = bias === null || !transposed ? null',
        why: 'the bias next to a product without transpose gets no gradient',
      },
      {
        find: 'from, 1, rows, width, this.#begin(dBias))',
        replace: 'from, 1, rows, width, 0)',
        why: "a bias's gradient from the first rows alone",
      },
      {
        find: '1, rows, source.width, this.#begin(d))',
        replace: '1, rows, source.width, 0)',
        why: "a vector's gradient from the first rows alone",
      },
      {
        find: 'addressOf(places.rows[own], at)',
        replace: 'places.rows[own].at',
        why: "a vector's gradient from other rows",
      },
    ],
  },
]
