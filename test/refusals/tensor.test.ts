// What functions and methods of tensors say to wrong arguments: every public one, every argument.
import { Generator, ones, type Tensor, tensor, zeros } from 'tapegrad'
import { expect, it } from 'vitest'
import { type Entry, examine, make, untyped as T } from './examine.ts'

const x = (): Tensor => ones([2, 3])
const parameter = (): Tensor => ones([2, 3], { requiresGrad: true })
const index = (): Tensor => tensor([0, 1], { dtype: 'int32' })
const call = (name: string, ...args: (() => unknown)[]): Entry => [
  T[name],
  () => args.map((arg) => arg()),
]
const option = (name: string, before: unknown[], key: string, good: unknown): Entry => [
  (value) => T[name](...before, { [key]: value }),
  () => [good],
]
const method = (name: string, ...args: (() => unknown)[]): Entry => [
  (...given) => (x() as unknown as typeof T)[name](...given),
  () => args.map((arg) => arg()),
]
const none = () => ({})

const creation: Record<string, Entry> = {
  tensor: call('tensor', () => [[1, 2]], none),
  zeros: call('zeros', () => [2], none),
  ones: call('ones', () => [2], none),
  full: call(
    'full',
    () => [2],
    () => 1,
    none,
  ),
  eye: call('eye', () => 2, none),
  arange: call(
    'arange',
    () => 0,
    () => 3,
    () => 1,
    none,
  ),
  linspace: call(
    'linspace',
    () => 0,
    () => 1,
    () => 3,
    none,
  ),
  rand: call('rand', () => [2], none),
  randn: call('randn', () => [2], none),
  randint: call(
    'randint',
    () => 0,
    () => 3,
    () => [2],
    none,
  ),
  manualSeed: call('manualSeed', () => 0),
  randomSeed: call('randomSeed', none),
  setRandomState: call('setRandomState', () => new Generator(1).state()),
  restore: [(state) => new Generator(2).restore(state as never), () => [new Generator(1).state()]],
  Generator: [make('Generator'), () => [0]],
  'tensor shape': option('tensor', [[1, 2]], 'shape', [2]),
  'tensor dtype': option('tensor', [[1, 2]], 'dtype', 'int32'),
  'zeros dtype': option('zeros', [[2]], 'dtype', 'int32'),
  'zeros requiresGrad': option('zeros', [[2]], 'requiresGrad', true),
  'rand dtype': option('rand', [[2]], 'dtype', 'float64'),
  'rand requiresGrad': option('rand', [[2]], 'requiresGrad', true),
  'rand generator': option('rand', [[2]], 'generator', undefined),
  'randint dtype': option('randint', [0, 3, [2]], 'dtype', 'int32'),
}

const between = [
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
]
const zero = () => 0
const ops: Record<string, Entry> = {
  ...Object.fromEntries(between.map((name) => [name, method(name, x)])),
  ...Object.fromEntries(
    ['sum', 'mean', 'max', 'min', 'argmax', 'logSumExp'].map((name) => [
      name,
      method(name, zero, () => false),
    ]),
  ),
  where: method('where', () => x().gt(0), x),
  'where()': call('where', () => x().gt(0), x, x),
  clamp: method('clamp', zero, () => 1),
  softmax: method('softmax', zero),
  logSoftmax: method('logSoftmax', zero),
  matmul: method('matmul', () => ones([3, 2])),
  transpose: method('transpose', zero, () => 1),
  permute: method('permute', () => [1, 0]),
  reshape: method('reshape', () => [3, 2]),
  flatten: method('flatten', zero, () => 1),
  squeeze: method('squeeze', zero),
  unsqueeze: method('unsqueeze', zero),
  broadcastTo: method('broadcastTo', () => [2, 3]),
  slice: method(
    'slice',
    zero,
    zero,
    () => 1,
    () => 1,
  ),
  select: method('select', zero, zero),
  chunk: method('chunk', () => 2, zero),
  flip: method('flip', zero),
  indexSelect: method('indexSelect', zero, index),
  gather: method('gather', zero, () => zeros([1, 3], { dtype: 'int32' })),
  to: method('to', () => 'float64'),
  assign_: method('assign_', x),
  cat: call('cat', () => [x(), x()], zero),
  stack: call('stack', () => [x(), x()], zero),
  'requiresGrad =': [(on) => Reflect.set(x(), 'requiresGrad', on), () => [true]],
  'grad =': [(g) => Reflect.set(parameter(), 'grad', g), () => [x()]],
}

const same = (a: unknown) => a
const defined: Record<string, Entry> = {
  unary: [(name, definition) => T.unary(name, definition), () => ['u', { f: same, vjp: same }]],
  'unary f': [(f) => T.unary('u', { f, vjp: same }), () => [same]],
  'unary vjp': [(vjp) => T.unary('u', { f: same, vjp }), () => [same]],
  'unary exact': [(exact) => T.unary('u', { f: same, vjp: same, exact }), () => [true]],
  'unary()': [(a) => (T.unary('u', { f: same, vjp: same }) as typeof same)(a), () => [x()]],
  'unary vjp()': [
    (g) =>
      (
        (
          (T.unary('u', { f: same, vjp: () => g }) as typeof same)(parameter()) as Tensor
        ).sum() as Tensor
      ).backward(),
    () => [x()],
  ],
  binary: [
    (name, definition) => T.binary(name, definition),
    () => ['b', { f: same, vjp: [same, same] }],
  ],
  'binary f': [(f) => T.binary('b', { f, vjp: [same, same] }), () => [same]],
  'binary vjp': [(vjp) => T.binary('b', { f: same, vjp }), () => [[same, same]]],
  'binary vjp[1]': [(vjp) => T.binary('b', { f: same, vjp: [same, vjp] }), () => [same]],
  defineOp: [(op) => T.defineOp(op), () => [{ name: 'd', forward: same, vjp: same }]],
  'defineOp name': [(name) => T.defineOp({ name, forward: same, vjp: same }), () => ['d']],
  'defineOp forward': [(forward) => T.defineOp({ name: 'd', forward, vjp: same }), () => [same]],
  'defineOp vjp': [(vjp) => T.defineOp({ name: 'd', forward: same, vjp }), () => [same]],
  'defineOp shape()': [
    (shape) =>
      (T.defineOp({ name: 'd', forward: same, vjp: same, shape: () => shape }) as typeof same)([
        x(),
      ]),
    () => [[2]],
  ],
  'defineOp dtype()': [
    (dtype) =>
      (T.defineOp({ name: 'd', forward: same, vjp: same, dtype: () => dtype }) as typeof same)([
        x(),
      ]),
    () => ['int32'],
  ],
  'defineOp()': [
    (inputs) => (T.defineOp({ name: 'd', forward: same, vjp: same }) as typeof same)(inputs),
    () => [[x()]],
  ],
  'defineOp vjp()': [
    (g) =>
      (
        (T.defineOp({ name: 'd', forward: same, vjp: () => g }) as typeof same)([
          parameter(),
        ]) as Tensor
      )
        .sum()
        .backward(),
    () => [[x()]],
  ],
}

it.each(Object.entries({ ...creation, ...ops, ...defined }))('%s', async (_, entry) => {
  expect(await examine(entry)).toMatchSnapshot()
})
