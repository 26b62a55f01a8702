// Bugs in the recurrent layers: their step, their folding over time, and the fused op.

import type { Planting } from '../mutants.ts'

const further = ['test/layers', 'test/documents']
const recurrent = [
  'test/layers/recurrent/cell.test.ts',
  'test/layers/pytorch.test.ts',
  'test/layers/recurrent/packing.test.ts',
  'test/layers/recurrent/recurrent.test.ts',
  'test/tensor/ops/sequence.test.ts',
]

export const recurrences: readonly Planting[] = [
  {
    area: 'layers',
    file: 'src/layers/module/hidden.ts',
    tests: ['test/layers/module/contents.test.ts'],
    further: ['test/layers'],
    bugs: [
      {
        find: '  moduleClasses.add(name)\n',
        replace: '',
        why: 'a module in a #private field is passed over',
      },
      { find: ".replace(COMMENTS, '')", replace: '', why: 'a comment counts as a field' },
      {
        find: 'at = Object.getPrototypeOf(at)',
        replace: 'at = base',
        why: 'a #private field of the class above is passed over',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/recurrent/lstm.ts',
    tests: recurrent,
    further,
    bugs: [
      {
        find: 'const [i, f, g, o] = z',
        replace: 'const [f, i, g, o] = z',
        why: 'input and forget gate swapped',
      },
      {
        find: 'const [i, f, g, o] = z',
        replace: 'const [i, f, o, g] = z',
        why: 'the gate order i, f, o, g',
      },
      { find: 'f.sigmoid().mul(c)', replace: 'f.sigmoid()', why: 'the cell state forgotten' },
      {
        find: 'f.sigmoid().mul(c)',
        replace: 'i.sigmoid().neg().add(1).mul(c)',
        why: 'coupled gates',
      },
      {
        find: 'i.sigmoid().mul(g.tanh())',
        replace: 'i.sigmoid().mul(g.sigmoid())',
        why: 'σ for tanh',
      },
      {
        find: 'o.sigmoid().mul(cNext.tanh())',
        replace: 'o.sigmoid().mul(cNext)',
        why: 'the output’s tanh forgotten',
      },
      {
        find: 'o.sigmoid().mul(cNext.tanh()), c: cNext',
        replace: 'o.sigmoid().mul(cNext.tanh()), c',
        why: 'the old cell state is handed on',
      },
      {
        find: 'o.sigmoid().mul(cNext.tanh()), c: cNext',
        replace: 'o.sigmoid().mul(cNext.tanh()), c: cNext.detach()',
        why: 'the cell state off the tape',
      },
      {
        find: 'options: CellOptions = {}) {\n    super(lstm',
        replace:
          'options: CellOptions = {}) {\n    super({ ...lstm, step: (z, s) => lstm.step(z, { h: s.h, c: s.h }) }',
        why: 'h in the place of c',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/recurrent/rnn.ts',
    tests: recurrent,
    further,
    bugs: [
      {
        find: 'step: (z) => ({ h: z.tanh() })',
        replace: 'step: (z) => ({ h: z.sigmoid() })',
        why: 'σ for tanh',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/recurrent/recurrence.ts',
    tests: recurrent,
    further,
    bugs: [
      {
        find: 'others[names.length] ?? null',
        replace: 'null',
        why: 'the definition without a bias',
      },
      {
        find: 'before.h.matmul(transposed)',
        replace: 'before.h.detach().matmul(transposed)',
        why: 'BPTT cut to one step',
      },
      {
        find: 'before.h.matmul(transposed)',
        replace: 'before.h.matmul(weight_hh)',
        why: 'the weight not transposed',
      },
      {
        find: '(name) => firstRows(state[name], n)',
        replace: '(_, k) => firstRows(others[k], n)',
        why: 'every step starts from the first state',
      },
      { find: 'last.unshift(', replace: 'last.push(', why: 'last states in the wrong order' },
      {
        find: 'sizes[t + 1] ?? 0',
        replace: 'sizes[t + 1] ?? n',
        why: 'the longest sequences have no last state',
      },
      { find: '1 / Math.sqrt(H)', replace: '1 / Math.sqrt(D)', why: 'drawn from the wrong range' },
      {
        find: 'bias_hh: bias ? draw(gates * H) : null',
        replace: 'bias_hh: bias ? draw(gates * H).mul(1) : null',
        why: 'a parameter that is no leaf',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/recurrent/state.ts',
    tests: recurrent,
    further,
    bugs: [
      {
        find: 'zeros(shape, { dtype })',
        replace: 'zeros(shape, { dtype }).add(1)',
        why: 'begins with ones',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/recurrent/cell.ts',
    tests: recurrent,
    further,
    bugs: [
      {
        find: 'project(x, this.weight_ih, this.bias_ih)',
        replace: 'project(x, this.weight_ih, null)',
        why: 'one bias forgotten',
      },
      {
        find: 'project(before.h, this.weight_hh, this.bias_hh)',
        replace: 'project(before.h, this.weight_hh, this.bias_ih)',
        why: 'one bias twice',
      },
      {
        find: 'return this.recurrence.step(z, before)',
        replace:
          'return this.recurrence.step(z.mul(1), stateOrZeros(who, names, undefined, [x.shape[0], H], dtype))',
        why: 'the state given is not used in the step',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/recurrent/recurrent.ts',
    tests: recurrent,
    further,
    bugs: [
      {
        find: 'layer > 0 && this.training ? dropout',
        replace: 'this.training ? dropout',
        why: 'drops out the input as well',
      },
      {
        find: 'layer > 0 && this.training ? dropout',
        replace: 'layer > 0 ? dropout',
        why: 'drops out in evaluation too',
      },
      {
        find: 'select(0, last.length)',
        replace: 'select(0, layer)',
        why: 'both directions start from one state',
      },
      {
        find: 'cat(outputs, 1)',
        replace: 'cat([...outputs].reverse(), 1)',
        why: 'the reverse output in front',
      },
      {
        find: "suffix.endsWith('reverse')",
        replace: "suffix.endsWith('backwards')",
        why: 'both directions run forward',
      },
      {
        find: 'hs: turned(hs)',
        replace: 'hs',
        why: 'the reverse output stays back to front',
      },
      {
        find: '[\n      turned(x),\n      ',
        replace: '[x, ',
        why: 'the reverse pass reads forward',
      },
      {
        find: 'index: turned(lookUp.index)',
        replace: 'index: lookUp.index',
        why: 'equal rows of the reverse pass where those of the forward pass are',
      },
      {
        find: '      lookUp = null\n',
        replace: '',
        why: 'equal inputs taken for equal outputs by the layer above',
      },
      {
        find: 'biases.reduce((sum, bias) => sum.add(bias))',
        replace: 'biases[0]',
        why: 'one bias forgotten',
      },
      {
        find: 'packed.unsort(stack(',
        replace: '(stack(',
        why: 'last states in the order of lengths',
      },
      {
        find: 'packed.sort(given[name])',
        replace: 'given[name]',
        why: 'first states in the order of the batch',
      },
      {
        find: 'y.slice(0, N, end)',
        replace: 'y.slice(0, 0, end - N)',
        why: 'outputs one step late',
      },
      { find: 'end + k * N, ', replace: 'end, ', why: 'h for c' },
      {
        find: 'this.hiddenSize * suffixes.length',
        replace: 'this.hiddenSize',
        why: 'upper layers too narrow for two directions',
      },
      {
        find: '      weight_hh,\n      ...names',
        replace: '      this.weight_hh_l0,\n      ...names',
        why: 'every pass uses the first one’s recurrent weights',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/recurrent/packing.ts',
    tests: ['test/layers/recurrent/packing.test.ts', 'test/layers/recurrent/recurrent.test.ts'],
    further,
    bugs: [
      {
        find: 'lengths[b] - lengths[a]',
        replace: 'lengths[a] - lengths[b]',
        why: 'the shortest first',
      },
      {
        find: 'starts[lengths[n] - 1 - t] + k',
        replace: 'starts[t] + k',
        why: 'ragged sequences are not reversed',
      },
      { find: 'return R - size', replace: 'return R', why: 'steps begin one late' },
      { find: '.flip(0)', replace: '.flip(1)', why: 'reverses the batch' },
      {
        find: 't < length; t++) sizes',
        replace: 't <= length; t++) sizes',
        why: 'one step of padding counts',
      },
      {
        find: 'n * T + t : t * N + n',
        replace: 't * N + n : n * T + t',
        why: 'batch and time swapped',
      },
      {
        find: 'unsort: (state) => state.indexSelect(1, rankOf)',
        replace: 'unsort: (state) => state.indexSelect(1, sorted)',
        why: 'sorted once more, not back',
      },
      { find: 'rank[n] = k', replace: 'rank[k] = n', why: 'the inverse order' },
      {
        find: 'batchFirst ? x.permute([1, 0, 2]) : x',
        replace: 'x',
        why: 'time and batch are not exchanged',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/tensor/ops/repeats.ts',
    tests: ['test/tensor/ops/repeats.test.ts'],
    further,
    bugs: [
      {
        find: 'first.push(row) - 1',
        replace: 'first.push(row - 1) - 1',
        why: 'the row before the first of a kind',
      },
      {
        find: 'if (known !== undefined) return known',
        replace: 'if (known) return known',
        why: 'the first kind is forgotten each time',
      },
      {
        find: '2 * first.length < rowOf.length',
        replace: 'first.length < rowOf.length',
        why: 'adds up where nothing repeats',
      },
      {
        find: 'weight.t())',
        replace: 'weight.mul(2).t())',
        why: 'without a bias: twice the share',
      },
      {
        find: 'sums.matmul(weight)',
        replace: 'sums.mul(0).matmul(weight)',
        why: 'the table gets no gradient',
      },
      {
        find: 'sums.t().matmul(pickRows(x, first))',
        replace: 'sums.t().matmul(x.slice(0, 0, first.size))',
        why: 'the first rows for the first of each kind',
      },
      { find: 'dBias ? sums.sum(0)', replace: 'dBias ? sums.mean(0)', why: 'the mean for the sum' },
    ],
  },
  {
    area: 'layers',
    file: 'src/tensor/ops/sequence.ts',
    tests: [
      'test/tensor/ops/sequence.test.ts',
      'test/layers/recurrent/packing.test.ts',
      'test/tensor/ops/repeats.test.ts',
    ],
    further,
    bugs: [
      {
        find: 'repeats.rowOf.address() + 4 * at',
        replace: 'repeats.rowOf.address()',
        why: 'looked up: the kinds of the first rows for all parts',
      },
      {
        find: 'i === 0 && isObserved(repeats.picked)',
        replace: 'false',
        why: 'looked up: who asks for the cotangent of a row sees that of its kind',
      },
      {
        find: 'needsGrad[0] && dx === null',
        replace: 'false',
        why: 'looked up: the table gets nothing',
      },
      {
        find: '        addToDh(dy + after, n)\n',
        replace: '',
        why: 'the outputs’ cotangents are lost',
      },
      {
        find: 'copyBytes(dhs, dy + (N + total) * row, N * row)',
        replace: 'copyBytes(dhs, dy + total * row, N * row)',
        why: 'the last state’s cotangent from the wrong rows',
      },
      {
        find: 'copyBytes(dcs, dy + (N + total + N) * row, N * row)',
        replace: 'copyBytes(dcs, dy + (N + total) * row, N * row)',
        why: 'dh for dc',
      },
      {
        find: '      addToDh(dy, N)\n',
        replace: '',
        why: 'the first state’s own cotangent is lost',
      },
      {
        find: 'times(dhs, dzStep, n, 0)',
        replace: 'k.fill(dhs, N * H, 0)',
        why: 'BPTT cut to one step',
      },
      {
        find: 'times(dhs, dzStep, n, 0)',
        replace: 'times(dhs, dzStep, n, 1)',
        why: 'the cotangent of h goes around the cell as well',
      },
      {
        find: 't === 0 ? 0 : N + at - sizes[t - 1]',
        replace: 't === 0 ? 0 : N + at - n',
        why: 'ragged: the state before from the wrong rows',
      },
      {
        find: 'ended: n - (sizes[t + 1] ?? 0)',
        replace: 'ended: t === sizes.length - 1 ? n : 0',
        why: 'ragged: only the longest have a last state',
      },
      {
        find: 'total === N * sizes.length ? y : make(total, H)',
        replace: 'y',
        why: 'ragged: the weights’ gradient from the wrong states',
      },
      {
        find: 'if (hBefore !== y) copyBytes(hs + at * row, ys + before * row',
        replace: 'if (hBefore !== y) copyBytes(hs + at * row, ys + after',
        why: 'ragged: the state after for the one before',
      },
      {
        find: 'cBefore = cs + before * row',
        replace: 'cBefore = cs + after',
        why: 'the cell state after for the one before',
      },
      {
        find: 'k.sum(dBias.address(), dzs, 1, rows, G, accumulate)',
        replace: 'k.sum(dBias.address(), dzs, 1, N, G, accumulate)',
        why: 'the bias’s gradient from the first step',
      },
      {
        find: 'm: G, n, k: rows, transA: 1',
        replace: 'm: G, n, k: N, transA: 1',
        why: 'the weights’ gradients from the first step',
      },
      {
        find: 'dWeightIn.address(), xs + at * D * bytes',
        replace: 'dWeightIn.address(), hs + at * row',
        why: 'h for x',
      },
      {
        find: 'k: G, transA: 0, transB: 0',
        replace: 'k: G, transA: 0, transB: 1',
        why: 'the weight transposed',
      },
      {
        find: 'Number(end < total)',
        replace: '0',
        why: 'the weights’ gradients from the first 256 rows',
      },
      {
        find: 'Number(end < total)',
        replace: '1',
        why: 'the weights’ gradients on top of what lay there',
      },
      {
        find: 'dx.address() + at * D * bytes',
        replace: 'dx.address()',
        why: 'the input’s gradient in the first rows, whichever they are of',
      },
      {
        find: 'xs + at * D * bytes, D',
        replace: 'xs, D',
        why: 'the input of the first rows for that of all',
      },
      {
        find: 'hs + at * row, H',
        replace: 'hs, H',
        why: 'h before the first rows for that of all',
      },
      {
        find: 'end - at + N <= capacity',
        replace: 'end - at <= capacity',
        why: 'the last rows of a part overwrite what lies before its room',
      },
      { find: '        end = at\n', replace: '', why: 'every part but the first is too long' },
      {
        find: 'if (at > 0 || needsGrad[3]) times',
        replace: 'if (at > 0) times',
        why: 'the first state’s gradient stops at the first cell',
      },
      {
        find: 'if (!recording) return fusedVjp',
        replace: 'if (recording || !recording) return fusedVjp',
        why: 'a recorded walk through kernels: no second derivative',
      },
      {
        find: 'gradOutputs: g, createGraph: true',
        replace: 'gradOutputs: g.detach(), createGraph: true',
        why: 'second derivative by the cotangent lost',
      },
      {
        find: 'times(z, ys + before * row, n, 1)',
        replace: 'times(z, ys + before * row, n, 0)',
        why: 'the input forgotten',
      },
      {
        find: 'ys + after, cs + before * row',
        replace: 'ys + after, cs',
        why: 'every step from the first cell state',
      },
      {
        find: 'copyBytes(lastH + N * row, cs + after + firstEnded',
        replace: 'copyBytes(lastH + N * row, ys + after + firstEnded',
        why: 'h for the last c',
      },
      {
        find: 'else freeWithGraph(out, forBackward)',
        replace: 'else for (const t of saved) discard(t.storage)',
        why: 'what was saved is freed before the way back',
      },
      {
        find: 'const BIAS = cell.carries ? 5 : 4',
        replace: 'const BIAS = 5',
        why: 'the bias is looked for in the wrong place',
      },
    ],
  },
]
