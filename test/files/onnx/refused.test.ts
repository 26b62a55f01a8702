// What toOnnx refuses: whatever would make a model that computes something else.
import {
  Dropout,
  defineOp,
  enableGrad,
  grad,
  Linear,
  LSTM,
  Module,
  Recurrent,
  randn,
  type Tensor,
  tensor,
  unary,
  zeros,
} from 'tapegrad'
import { expect, it, test } from 'vitest'
import { type OnnxOptions, toOnnx } from '../../../src/files/index.ts'

const options = { inputs: { x: { shape: ['N', 'T', 4] } }, outputs: ['y'] } as const
const message = (fn: unknown, given: unknown = options): string => {
  try {
    toOnnx(fn as () => Tensor, given as OnnxOptions)
  } catch (error) {
    return String(error)
  }
  return 'no error'
}

const lstm = new LSTM(4, 3)
const cube = unary('relu', { f: (x) => x ** 3, vjp: (g, _, x) => g.mul(x.square()).mul(3) })
const own = defineOp({
  name: 'mine',
  forward: (out, [x]) => out.data.set(x?.data ?? []),
  vjp: (g) => [g],
})
const state = zeros([1])
const weights = tensor([1, 2, 3, 4], { requiresGrad: true })
let calls = 0
class Scaled extends Module {
  stateSize = { h: 4 }
  scale: number
  constructor(scale: number) {
    super()
    this.scale = scale
  }
  forward(x: Tensor, { h }: { h: Tensor }) {
    return { h: h.mul(0.5).add(x.mul(this.scale)) }
  }
}
class Mixing extends Module {
  stateSize = { h: 4 }
  forward(x: Tensor, { h }: { h: Tensor }) {
    return { h: h.add(x).softmax(-1) }
  }
}

test.each<[string, (x: Tensor) => unknown]>([
  ['a number that is read', (x) => x.mul(x.sum().item())],
  ['numbers that are read', (x) => x.mul(tensor(x.toArray() as number[]).add(1))],
  ['a layer in training', (x) => new Dropout(0.5).forward(x)],
  ['a random tensor', (x) => x.add(randn([4]))],
  ['a change in place', (x) => x.mul(state.assign_(tensor([1])) ?? state)],
  ['a backward pass', (x) => x.mul(enableGrad(() => grad(weights.square().sum(), weights)))],
  [
    'an op of a backward pass',
    (x) => enableGrad(() => grad(x.mul(weights.tanh()).sum(), weights, { createGraph: true })),
  ],
  ['ops that depend on a size', (x) => ((x.shape[1] as number) > 10 ? x.tanh() : x.exp())],
  ['a loop over a named axis', (x) => x.chunk(x.shape[1] as number, 1).reduce((a, b) => a.add(b))],
  [
    'a step that depends on a size',
    (x) => x.slice(1, 0, Infinity, 1 + ((x.shape[1] as number) % 2)),
  ],
  ['steps up to a size', (x) => x.slice(1, 0, Math.min(x.shape[1] as number, 64)).sum(1)],
  ['an even number of steps', (x) => x.slice(1, 0, (x.shape[1] as number) & ~1).sum(1)],
  ['an axis of size 1 alone', (x) => x.squeeze()],
  ['a branch for one sequence', (x) => (x.shape[0] === 1 ? x.mul(2) : x.add(2))],
  [
    'a cell that depends on a size',
    (x) => new Recurrent(new Scaled(x.shape[1] as number)).forward(x).output,
  ],
  ['a cell that is no program', (x) => new Recurrent(new Mixing()).forward(x).output],
  [
    'an error of its own',
    () => {
      throw new Error('no such thing')
    },
  ],
  ['a layer as it returns', (x) => lstm.forward(x)],
  ['constants that differ', (x) => x.mul(tensor([++calls, 2, 3, 4]))],
  ['numbers that differ', (x) => x.mul(++calls)],
  ['a size that is no product', (x) => x.mul((x.shape[0] as number) ** 2 + (x.shape[1] as number))],
  ['an op of a caller, named as ours', (x) => cube(x)],
  ['an op of a caller', (x) => own([x])],
  [
    'lengths',
    (x) =>
      lstm.forward(x, {
        lengths: Array.from({ length: x.shape[0] as number }, (_, n) => 1 + (n % 2)),
      }).output,
  ],
  ['a mask that is read', (x) => lstm.forward(x, { mask: x.sum(2).gt(0) }).output],
  ['an input that is not used', () => zeros([3]).add(1)],
  ['a Promise', async (x) => x.neg()],
  ['a function', () => () => 1],
  ['no tensor', () => 3],
])('%s', (_, fn) => {
  expect(message(fn)).toMatchSnapshot()
})

test.each<[string, unknown]>([
  ['no options', null],
  ['no inputs', { inputs: {}, outputs: ['y'] }],
  ['a shape that is none', { inputs: { x: { shape: 'N' } }, outputs: ['y'] }],
  ['an empty axis', { inputs: { x: { shape: ['N', 0] } }, outputs: ['y'] }],
  ['an unknown dtype', { inputs: { x: { shape: ['N'], dtype: 'float16' } }, outputs: ['y'] }],
  ['an unknown option', { inputs: { x: { shape: ['N'], type: 'float32' } }, outputs: ['y'] }],
  ['a number as a name', { inputs: { 0: { shape: ['N'] } }, outputs: ['y'] }],
  ['a name of the graph', { inputs: { '#1': { shape: ['N'] } }, outputs: ['y'] }],
  ['no outputs', { inputs: { x: { shape: ['N'] } } }],
  ['an output without a name', { inputs: { x: { shape: ['N'] } }, outputs: [] }],
  ['a name for nothing', { inputs: { x: { shape: ['N'] } }, outputs: ['y', 'z'] }],
  ['a name twice', { inputs: { x: { shape: ['N'] } }, outputs: ['x'] }],
  ['an axis named as a size', { inputs: { x: { shape: ['2*N'] } }, outputs: ['y'] }],
  ['a range that is none', { inputs: { x: { shape: ['N'], range: [1] } }, outputs: ['y'] }],
  ['inputs in a list', { inputs: [{ shape: ['N'] }], outputs: ['y'] }],
])('options: %s', (_, given) => {
  expect(message((x: Tensor) => x.neg(), given)).toMatchSnapshot()
})

it('sequences of different lengths', () => {
  const fixed = { inputs: { x: { shape: [2, 3, 4] } }, outputs: ['y'] }
  const cut = (x: Tensor) => lstm.forward(x, { lengths: [3, 1] }).output
  expect(message(cut, fixed)).toMatchSnapshot()
})

it('a module in the place of a function', () => {
  expect(message(new Linear(4, 2))).toMatchSnapshot()
})
