// What asking for gradients and for derivatives of functions says to wrong arguments.
import { enableGrad, noGrad, ones, type Tensor, tensor, valueAndGrad, vjp } from 'tapegrad'
import { expect, it } from 'vitest'
import { type Entry, examine, untyped as T } from './examine.ts'

const x = (): Tensor => ones([2, 3])
const parameter = (): Tensor => ones([2, 3], { requiresGrad: true })
const total = (a: Tensor): Tensor => a.square().sum()
const fn = () => total
const none = () => ({})
const call = (name: string, ...args: (() => unknown)[]): Entry => [
  T[name],
  () => args.map((arg) => arg()),
]
const gradOption = (key: string, good: unknown): Entry => [
  (value) => {
    const p = parameter()
    return T.grad(total(p), p, { [key]: value })
  },
  () => [good],
]

const entries: Record<string, Entry> = {
  grad: [
    (outputs, inputs, options) => T.grad(outputs, inputs, options),
    () => {
      const p = parameter()
      return [total(p), p, {}]
    },
  ],
  'grad gradOutputs': gradOption('gradOutputs', tensor(1)),
  'grad createGraph': gradOption('createGraph', false),
  'grad retainGraph': gradOption('retainGraph', true),
  'grad allowUnused': gradOption('allowUnused', true),
  backward: [
    (g, options) =>
      Reflect.apply(Reflect.get(parameter(), 'backward') as never, total(parameter()), [
        g,
        options,
      ]),
    () => [tensor(1), {}],
  ],
  'backward createGraph': [
    (createGraph) => total(parameter()).backward(null, { createGraph: createGraph as never }),
    () => [false],
  ],
  registerHook: [(f) => parameter().registerHook(f as never), () => [() => {}]],
  'registerHook f()': [
    (g) => {
      const p = parameter()
      p.registerHook(() => g as never)
      total(p).backward()
    },
    () => [x()],
  ],
  noGrad: call('noGrad', () => () => 1),
  enableGrad: call('enableGrad', () => () => 1),
  detectAnomaly: call('detectAnomaly', () => () => 1),
  checkpoint: call('checkpoint', () => () => 1),
  'checkpoint()': [
    (f) => (T.checkpoint(f) as (a: Tensor) => unknown)(x()),
    () => [(a: Tensor) => a],
  ],
  valueAndGrad: call('valueAndGrad', fn, x),
  'valueAndGrad fn()': [(y) => valueAndGrad(() => y as never, x()), () => [tensor(1)]],
  vjp: call('vjp', fn, x),
  'vjp pullback': [(u) => vjp(total, x()).pullback(u as never), () => [tensor(1)]],
  jvp: call('jvp', fn, x, x),
  jacobian: call('jacobian', fn, x),
  hessian: call('hessian', fn, x),
  hvp: call('hvp', fn, x, x),
  tape: call('tape', () => total(parameter()), none),
  'tape names': [(names) => T.tape(total(parameter()), { names }), () => [{}]],
  'tape names[0]': [(pair) => T.tape(total(parameter()), { names: [pair] }), () => [['a', x()]]],
  'tape fold': [(fold) => T.tape(total(parameter()), { fold }), () => [true]],
  setThreads: call('setThreads', () => 1),
}

it.each(Object.entries(entries))('%s', async (_, [run, args]) => {
  // The transforms hand what they are given to the caller's own function: with no inputs at all,
  // what goes wrong is its affair.
  const guarded: Entry = [
    (...given) =>
      run(...given.map((value) => (value === total ? (a?: Tensor) => total(a ?? x()) : value))),
    args,
  ]
  expect(await examine(guarded)).toMatchSnapshot()
})

it('refuses whatever is to be awaited', () => {
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what is refused here.
  const thenable = { then: () => {} }
  for (const run of [noGrad, enableGrad])
    expect(() => run(() => thenable)).toThrow(
      'expected a synchronous function, got one that returns a Promise',
    )
})
