// Inputs that are far too deep, long or large, contain themselves, or are gone: errors of this
// package, or right results; never a raw error or a hang.
import {
  binary,
  cat,
  DTypeError,
  defineOp,
  Generator,
  grad,
  hvp,
  jacobian,
  Linear,
  LSTM,
  MemoryError,
  noGrad,
  ones,
  RNN,
  randn,
  SGD,
  ShapeError,
  stack,
  type Tensor,
  tape,
  tensor,
  unary,
  ValueError,
  valueAndGrad,
  zeros,
} from 'tapegrad'
import { broadcastableShapes, checkOptimizer, programs, shapes } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'

const MANY = 200_000
const nested = (levels: number): unknown => {
  let array: unknown = [1]
  for (let k = 0; k < levels; k++) array = [array]
  return array
}
const identity = (g: Tensor): Tensor => g

describe('nested arrays', () => {
  it('that contain themselves, or are 10⁵ levels deep', () => {
    const [ring, first]: unknown[][] = [[1], []]
    ring.push(ring)
    first.push(first)
    for (const array of [first, nested(100_000), nested(64)])
      expect(() => tensor(array as number[])).toThrow(
        new ShapeError(
          'tensor: expected arrays nested at most 64 deep, got deeper ones: do they contain ' +
            'themselves?',
        ),
      )
    expect(() => tensor(ring as number[])).toThrow(ShapeError)
    expect(tensor(nested(63) as number[]).rank).toBe(64)
  })

  it('with more numbers than there is room for, by sharing', () => {
    let doubled: unknown = [1]
    for (let k = 0; k < 40; k++) doubled = [doubled, doubled]
    expect(() => tensor(doubled as number[])).toThrow(MemoryError)
    expect(() => tensor([[1], doubled] as number[][])).toThrow(ShapeError)
  })

  it('that are ragged, with the place', () => {
    const refused = (data: unknown) => () => tensor(data as number[])
    expect(refused([[1, 2], [3]])).toThrow('got (2) at [0] and (1) at [1]')
    expect(refused([1, [2]])).toThrow('got () at [0] and (1) at [1]')
    expect(refused([[1], 2])).toThrow('got (1) at [0] and () at [1]')
    expect(
      refused([
        [[1], [2]],
        [[1], [2, 3]],
      ]),
    ).toThrow('got (1) at [1, 0] and (2) at [1, 1]')
    expect(
      refused([
        [
          [1, 2],
          [3, 4],
        ],
        [[1], [2]],
      ]),
    ).toThrow('got (2, 2) at [0] and (2, 1) at [1]')
    expect(refused([[], [[]]])).toThrow('got (0) at [0] and (1, 0) at [1]')
    let length = 1
    const growing = new Proxy([[1]], {
      get: (target, key, receiver) =>
        key === 'length' ? length++ : Reflect.get(target, key, receiver),
    })
    expect(refused(growing)).toThrow(ShapeError)
  })
})

describe('shapes', () => {
  it('of more than 64 axes', () => {
    const long = Array<number>(20_000).fill(1)
    const most = ones(Array<number>(64).fill(1))
    const refused: (() => Tensor)[] = [
      () => zeros(long),
      () => ones([1]).reshape(long),
      () => ones([1]).broadcastTo(long),
      () => most.unsqueeze(0),
      () => stack([most]),
      () => most.indexSelect(3, zeros([1, 1], { dtype: 'int32' })),
      () => tensor(1, { shape: long }),
      () => randn(long),
      () => jacobian(identity, most),
    ]
    for (const make of refused)
      expect(make).toThrow(/^\w+: expected at most 64 axes, got (65|128|20000)$/)
    expect(String(most)).toContain('1.')
    expect(most.toArray()).toHaveLength(1)
    expect(() => zeros(Object.assign([], { length: 2 ** 32 - 1 }))).toThrow(ShapeError)
    expect(() => ones([2]).sum(Array<number>(MANY).fill(0))).toThrow(
      new ShapeError('sum: axes (0,0,0,…) name one axis twice'),
    )
    expect(() => ones([2]).permute(Array<number>(MANY).fill(0))).toThrow('once, got (0, 0, 0, …)')
  })

  it('whose sizes multiply beyond numbers', () => {
    expect(() => zeros([2 ** 600, 2 ** 600, 0])).toThrow(ShapeError)
    expect(zeros([...Array<number>(30).fill(2 ** 52), 0]).size).toBe(0)
    expect(() => zeros([2 ** 52, 2 ** 52])).toThrow(MemoryError)
    expect(() => new Linear(2 ** 40, 2 ** 40)).toThrow(MemoryError)
  })
})

it('lists of 200,000: lengths, linked values, inputs of an op and of a function', () => {
  const { state } = new RNN(1, 1).forward(zeros([MANY, 1, 1]), undefined, {
    lengths: Array<number>(MANY).fill(1),
  })
  expect(state.h.shape).toEqual([1, MANY, 1])
  type Link = { next: Link | null; value?: Tensor }
  let list: Link = { next: null }
  for (let k = 0; k < MANY; k++) list = { next: list }
  const kept = noGrad(() => {
    list.value = ones([99]).mul(2)
    return { list, map: new Map([['x', ones([99]).mul(3)]]) }
  })
  expect([kept.list.value?.toTypedArray()[98], kept.map.get('x')?.toTypedArray()[98]]).toEqual([
    2, 3,
  ])
  const x = ones([1], { requiresGrad: true })
  const wide = cat(Array<Tensor>(MANY).fill(x.mul(1)))
  expect(String(tape(wide))).toContain(`tape of `)
  expect(grad(wide.sum(), x).item()).toBe(MANY)
  expect(() => valueAndGrad((...xs) => xs[0].sum(), Array<Tensor>(MANY).fill(x))).toThrow(
    new ValueError(
      'valueAndGrad: expected at most 10000 inputs, which fn takes one by one, got 200000: ' +
        'stack them, or use grad()',
    ),
  )
})

it('attributes of an op that are nested deep, or contain themselves', () => {
  const seen: unknown[] = []
  const op = defineOp<object>({
    name: 'odd',
    forward: (_out, _inputs, attrs) => void seen.push(attrs),
    vjp: (g) => [g],
  })
  const ring: Record<string, unknown> = { list: [1] }
  ring.self = ring
  for (const attrs of [nested(100_000) as object, ring]) op([ones([2])], attrs)
  expect(seen).toHaveLength(2)
  expect((seen[1] as typeof ring).self).toBe(seen[1])
  expect(seen[1]).not.toBe(ring)
})

it('nothing to differentiate by', () => {
  const refused =
    'expected at least one input, got an empty array: there is nothing to differentiate by'
  expect(() => valueAndGrad(() => ones([]), [])).toThrow(new ValueError(`valueAndGrad: ${refused}`))
  expect(() => hvp(() => ones([]), [], [])).toThrow(new ValueError(`hvp: ${refused}`))
})

it('ops with parts that are none', () => {
  const op = { name: 'odd', forward: () => {}, vjp: (g: Tensor) => [g] }
  for (const part of ['recompute', 'addInto', 'replay', 'shape', 'dtype'])
    expect(() => defineOp({ ...op, [part]: 1 })).toThrow(
      new ValueError(`defineOp: expected ${part} of odd to be a function, got 1`),
    )
  const one = { f: (x: number) => x, vjp: identity }
  const two = { f: (x: number) => x, vjp: [identity, identity] as const }
  for (const kernel of ['nope', 'exp', 'adam', 'toString', 7])
    expect(() => binary('odd', { ...two, kernel: kernel as 'add' })).toThrow(
      /^binary: expected kernel of odd to be one of add, sub/,
    )
  for (const kernel of ['nope', 'add', 'dot', 'toString', 7])
    expect(() => unary('odd', { ...one, kernel: kernel as 'exp' })).toThrow(
      /^unary: expected kernel of odd to be one of neg, abs/,
    )
})

it('numbers whose buffer is gone', () => {
  const transferred = new Float64Array([1, 2])
  structuredClone(transferred.buffer, { transfer: [transferred.buffer] })
  const refused = new ValueError(
    'tensor: expected numbers, got an array whose buffer was transferred or has shrunk: copy it ' +
      'before',
  )
  expect(() => tensor(transferred)).toThrow(refused)
  expect(() => tensor(transferred, { shape: [0] })).toThrow(refused)
  const buffer = Reflect.construct(ArrayBuffer, [16, { maxByteLength: 16 }]) as ArrayBuffer & {
    resize(n: number): void
  }
  const shrunk = new Float32Array(buffer, 8, 2)
  buffer.resize(0)
  expect(() => tensor(shrunk)).toThrow(refused)
  expect(tensor(new Float32Array(0)).shape).toEqual([0])
  expect(tensor(new Float32Array(new SharedArrayBuffer(8))).toArray()).toEqual([0, 0])
})

describe('a Proxy', () => {
  const unwrap = 'a Proxy of one: unwrap it (Vue: markRaw() or toRaw())'
  const proxied = new Proxy(ones([2, 2], { requiresGrad: true }), {})

  it('of a tensor is refused by name, wherever it comes in', () => {
    expect(() => proxied.toArray()).toThrow(
      new DTypeError(`toArray: expected a Tensor, got ${unwrap}`),
    )
    expect(() => ones([2, 2]).add(proxied)).toThrow(
      new DTypeError(`add: expected a Tensor or a number, got ${unwrap}`),
    )
    expect(() => new Linear(2, 2).forward(proxied)).toThrow(
      new DTypeError(`Linear(2 → 2): expected x to be a Tensor, got ${unwrap}`),
    )
    expect(String(proxied)).toBe(unwrap)
    const raw: string[] = []
    const names = Object.getOwnPropertyNames(Object.getPrototypeOf(proxied)).filter(
      (name) => !['constructor', 'ownsGrad', 'ownGrad', 'sumTo'].includes(name),
    )
    for (const name of names) {
      for (const args of [
        [],
        [1],
        [ones([2, 2])],
        [0, 1],
        [[2, 2]],
        [0, zeros([2], { dtype: 'int32' })],
      ]) {
        try {
          const value: unknown = Reflect.get(proxied, name)
          if (typeof value === 'function') Reflect.apply(value, proxied, args)
        } catch (error) {
          if (['TypeError', 'RangeError', 'RuntimeError'].includes((error as Error).name))
            raw.push(`${name}: ${(error as Error).message}`)
        }
      }
    }
    expect(raw).toEqual([])
  })

  it('of a generator is refused, one of a module or an array works', () => {
    expect(() => randn([2], { generator: new Proxy(new Generator(1), {}) })).toThrow(
      'expected a Generator, got a Proxy of one',
    )
    const linear = new Proxy(new Linear(2, 2), {})
    expect(linear.parameters()).toHaveLength(2)
    linear.loadStateDict(linear.eval().stateDict())
    expect(String(linear)).toContain('weight')
    expect(linear.forward(ones([1, 2])).shape).toEqual([1, 2])
    expect(tensor(new Proxy([1, 2], {})).shape).toEqual([2])
    expect(zeros(new Proxy([2, 3], {})).shape).toEqual([2, 3])
  })

  it('that can no longer be looked at', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(() => ones([1]).add(proxy as Tensor)).toThrow(DTypeError)
  })
})

it('counts that would never end', () => {
  expect(() => new LSTM(1, 1, { numLayers: 2 ** 31 })).toThrow(
    new ValueError(
      'LSTM(1 → 1): expected numLayers to be a whole number from 1 to 1000, got 2147483648',
    ),
  )
  for (const make of [
    () => shapes({ minRank: 2 ** 31 }),
    () => shapes({ maxRank: 65 }),
    () => broadcastableShapes({ count: 2 ** 31 }),
    () => programs({ maxSteps: 2 ** 31 }),
    () => programs({ maxInputs: 2 ** 31 }),
    () => checkOptimizer((p) => new SGD(p, { lr: 0.1 }), null, { steps: 2 ** 40 }),
  ])
    expect(make).toThrow(ValueError)
})
