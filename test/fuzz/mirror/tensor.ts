// The mirror's tensor: plain numbers read through a list of places, and ops whose derivatives are written with ops.

import { noteMade, noteRead, Pointless, Refusal, Storage, withRecording } from './memory.ts'
import { begin, changed, type Hook, Node, record, type Value } from './tape.ts'

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1)
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const equal = (a: readonly unknown[], b: readonly unknown[]): boolean => a.length === b.length && a.every((x, i) => x === b[i])

/** Numbers larger than this, and choices closer than its inverse, say nothing about an implementation. */
const LARGE = 1e5

/** For each place of `shape` in row-major order, what `f` makes of its indices. */
function places<T>(shape: readonly number[], f: (at: number[]) => T): T[] {
  return range(sizeOf(shape)).map((i) => {
    const at: number[] = []
    let rest = i
    for (const size of [...shape].reverse()) {
      at.unshift(rest % size)
      rest = Math.floor(rest / size)
    }
    return f(at)
  })
}

const flat = (shape: readonly number[], at: readonly number[]): number => shape.reduce((i, size, k) => i * size + (at[k] as number), 0)

export class Mirror implements Value<Mirror> {
  readonly storage: Storage
  /** Where in the storage each element stands. */
  readonly at: readonly number[]
  readonly shape: readonly number[]
  /** What t() gives of what is in order, and takes back. */
  readonly flipped: boolean
  node: Node<Mirror> | null = null
  grad: Mirror | null = null
  ownsGrad = false
  #saved: readonly number[] | null = null

  constructor(storage: Storage, at: readonly number[], shape: readonly number[], flipped = false) {
    this.storage = storage
    this.at = at
    this.shape = shape
    this.flipped = flipped
  }

  get rank(): number {
    return this.shape.length
  }
  get size(): number {
    return this.at.length
  }
  get requiresGrad(): boolean {
    return this.node !== null
  }
  set requiresGrad(on: boolean) {
    if (on === this.requiresGrad) return
    this.storage.kept = true
    this.node = on ? new Node<Mirror>() : null
    if (this.node !== null) this.node.y = this
  }
  get isLeaf(): boolean {
    return this.node === null || this.node.derivative === null
  }

  /** The numbers, by ops as by readers. */
  get numbers(): number[] {
    if (this.#saved === null) noteRead(this.storage)
    const from = this.#saved ?? this.storage.data
    return this.at.map((i) => from[i] as number)
  }
  toTypedArray(): Float64Array {
    return new Float64Array(this.numbers)
  }
  item(): number {
    return this.numbers[0] as number
  }

  /** As derivatives.ts has it; a method there, so that this file need not know of walks. */
  declare backward: (gradient?: Mirror | null, options?: { createGraph?: boolean; retainGraph?: boolean }) => void

  frozen(): Mirror {
    const copy = this.#same()
    copy.node = this.node
    copy.#saved = this.#saved ?? this.storage.data
    return copy
  }
  detach(): Mirror {
    this.storage.kept = true
    return this.#same()
  }
  #same(): Mirror {
    return this.#view(this.at, this.shape, this.flipped)
  }
  #view(at: readonly number[], shape: readonly number[], flipped: boolean): Mirror {
    const view = new Mirror(this.storage, at, shape, flipped)
    view.#saved = this.#saved
    return view
  }
  /** The same numbers under a node of their own. */
  alias(): Mirror {
    return record([this], this.#same(), (g) => [g])
  }
  clone(): Mirror {
    const out = record([this], made(this.numbers, this.shape), (g) => [g])
    out.storage.kept = true
    return out
  }
  assign_(value: Mirror): this {
    if (!this.isLeaf || this.storage.copied) throw new Refusal('assign')
    write(this, value.numbers)
    return this
  }
  registerHook(f: (g: Mirror) => Mirror | undefined): () => void {
    const { node } = this
    if (node === null) throw new Refusal('plain')
    const hook: Hook<Mirror> = (g) => {
      g.storage.kept = true
      return f(g)
    }
    node.hooks.push(hook)
    return () => {
      node.hooks = node.hooks.filter((other) => other !== hook)
    }
  }

  // Elementwise. The derivatives use y where tapegrad's do: what a recorded walk goes through is what the next one consumes.
  add(other: Mirror | number): Mirror {
    return both(
      this,
      other,
      (a, b) => a + b,
      (g) => [g, g],
    )
  }
  sub(other: Mirror | number): Mirror {
    return both(
      this,
      other,
      (a, b) => a - b,
      (g) => [g, g.neg()],
    )
  }
  mul(other: Mirror | number): Mirror {
    return both(
      this,
      other,
      (a, b) => a * b,
      (g, a, b) => [g.mul(b), g.mul(a)],
    )
  }
  div(other: Mirror | number): Mirror {
    return both(
      this,
      other,
      (a, b) => a / b,
      (g, _, b, y) => [g.div(b), g.mul(y).div(b).neg()],
    )
  }
  maximum(other: Mirror): Mirror {
    return both(
      this,
      other,
      (a, b) => (apart(a, b) > 0 ? a : b),
      (g, a, b) => [masked(g, a, b), masked(g, b, a)],
    )
  }
  minimum(other: Mirror): Mirror {
    return both(
      this,
      other,
      (a, b) => (apart(a, b) < 0 ? a : b),
      (g, a, b) => [masked(g, b, a), masked(g, a, b)],
    )
  }
  neg(): Mirror {
    return each(
      this,
      (x) => -x,
      (g) => g.neg(),
    )
  }
  square(): Mirror {
    return each(
      this,
      (x) => x * x,
      (g, x) => g.mul(x).mul(2),
    )
  }
  pow(n: number): Mirror {
    return each(
      this,
      (x) => x ** n,
      (g, x) => g.mul(x.pow(Math.max(0, n - 1))).mul(n),
    )
  }
  exp(): Mirror {
    return each(this, Math.exp, (g, _, y) => g.mul(y))
  }
  log(): Mirror {
    return each(this, Math.log, (g, x) => g.div(x))
  }
  sqrt(): Mirror {
    return each(this, Math.sqrt, (g, _, y) => g.div(y.mul(2)))
  }
  reciprocal(): Mirror {
    return each(
      this,
      (x) => 1 / x,
      (g, _, y) => g.neg().mul(y.square()),
    )
  }
  sin(): Mirror {
    return each(this, Math.sin, (g, x) => g.mul(x.cos()))
  }
  cos(): Mirror {
    return each(this, Math.cos, (g, x) => g.mul(x.sin()).neg())
  }
  tanh(): Mirror {
    return each(this, Math.tanh, (g, _, y) => g.mul(y.square().neg().add(1)))
  }
  sigmoid(): Mirror {
    return each(
      this,
      (x) => 1 / (1 + Math.exp(-x)),
      (g, _, y) => g.mul(y.mul(y.neg().add(1))),
    )
  }
  softplus(): Mirror {
    return each(
      this,
      (x) => Math.log1p(Math.exp(x)),
      (g, x) => g.mul(x.sigmoid()),
    )
  }
  abs(): Mirror {
    return each(this, Math.abs, (g, x) => g.mul(x.sign()))
  }
  relu(): Mirror {
    return each(
      this,
      (x) => Math.max(0, x),
      (g, _, y) => g.gate(y),
    )
  }
  sign(): Mirror {
    return each(
      this,
      (x) => Math.sign(apart(x, 0)),
      (g) => zerosLike(g),
    )
  }
  /** This where y is above 0: connected to y, by which its derivative is 0. */
  gate(y: Mirror): Mirror {
    return both(
      this,
      y,
      (g, at) => (at > 0 ? g : 0),
      (h, g, at) => [h.gate(at), zerosLike(g)],
    )
  }

  // Choosing and moving.
  /** Element i of the result is element index[i] of this. */
  pick(index: readonly number[], shape: readonly number[], always = false, several = false): Mirror {
    const start = index[0] as number
    const view = !always && !this.flipped && index.every((at, i) => at === start + i)
    const out = view ? this.#view(picked(this.at, index), shape, false) : made(picked(this.numbers, index), shape)
    if (!view) out.storage.copied = !always
    return record([this], out, (g, [x]) => [g.scatter(index, (x as Mirror).shape)], several)
  }
  /** Zeros, with element i of this added at index[i]. */
  scatter(index: readonly number[], shape: readonly number[]): Mirror {
    const sums = new Array<number>(sizeOf(shape)).fill(0)
    this.numbers.forEach((n, i) => {
      ;(sums[index[i] as number] as number) += n
    })
    return record([this], made(sums, shape), (g, [x]) => [g.pick(index, (x as Mirror).shape, true)])
  }
  /** Reads this in another shape: the element at `at` is the one at `from(at)` here. */
  #read(shape: readonly number[], from: (at: number[]) => number[], always = false, several = false): Mirror {
    return this.pick(
      places(shape, (at) => flat(this.shape, from(at))),
      shape,
      always,
      several,
    )
  }
  t(): Mirror {
    return this.rank < 2 ? this : this.transpose(0, 1)
  }
  transpose(a: number, b: number): Mirror {
    if (a === b) return this
    const order = range(this.rank)
    ;[order[a], order[b]] = [b, a]
    if (a + b !== 2 * this.rank - 3) return this.permute(order)
    const shape = order.map((k) => this.shape[k] as number)
    const index = places(shape, (at) =>
      flat(
        this.shape,
        order.map((k) => at[k] as number),
      ),
    )
    const out = this.#view(picked(this.at, index), shape, !this.flipped)
    return record([this], out, (g) => [g.transpose(a, b)])
  }
  permute(order: readonly number[]): Mirror {
    if (equal(order, range(this.rank))) return this
    return this.#read(
      order.map((k) => this.shape[k] as number),
      (at) => range(this.rank).map((k) => at[order.indexOf(k)] as number),
    )
  }
  reshape(wish: readonly number[]): Mirror {
    const shape = wish.map((n) => (n === -1 ? this.size / -sizeOf(wish) : n))
    return equal(shape, this.shape) ? this : this.pick(range(this.size), shape)
  }
  flatten(): Mirror {
    return this.reshape([this.size])
  }
  squeeze(): Mirror {
    return this.reshape(this.shape.filter((n) => n !== 1))
  }
  unsqueeze(axis: number): Mirror {
    return this.reshape([...this.shape.slice(0, axis), 1, ...this.shape.slice(axis)])
  }
  broadcastTo(shape: readonly number[]): Mirror {
    if (equal(shape, this.shape)) return this
    const more = shape.length - this.rank
    return this.#read(shape, (at) => this.shape.map((n, k) => (n === 1 ? 0 : (at[k + more] as number))))
  }
  slice(axis: number, start: number, end = Number.POSITIVE_INFINITY, step = 1): Mirror {
    const n = this.shape[axis] as number
    const bound = (at: number): number => Math.min(Math.max(at < 0 ? at + n : at, 0), n)
    const shape = this.shape.with(axis, Math.ceil((bound(end) - bound(start)) / step))
    if (equal(shape, this.shape)) return this
    return this.#read(shape, (at) => at.with(axis, bound(start) + (at[axis] as number) * step))
  }
  select(axis: number, index: number): Mirror {
    const n = this.shape[axis] as number
    return this.#read(this.shape.toSpliced(axis, 1), (at) => at.toSpliced(axis, 0, index < 0 ? index + n : index))
  }
  chunk(pieces: number, axis = 0): Mirror[] {
    const n = this.shape[axis] as number
    const step = Math.ceil(n / pieces)
    return range(Math.ceil(n / step)).map((i) => this.slice(axis, i * step, (i + 1) * step))
  }
  flip(axis: number): Mirror {
    return this.#read(this.shape, (at) => at.with(axis, (this.shape[axis] as number) - 1 - (at[axis] as number)))
  }
  indexSelect(axis: number, index: Mirror): Mirror {
    const rows = index.numbers
    const shape = this.shape.toSpliced(axis, 1, ...index.shape)
    const from = (at: number[]): number[] => at.toSpliced(axis, index.rank, rows[flat(index.shape, at.slice(axis, axis + index.rank))] as number)
    if (axis > 0) begin<Mirror>(this)
    const out = this.#read(shape, from, true, axis > 0)
    out.storage.copied = true
    return out
  }
  gather(axis: number, index: Mirror): Mirror {
    const rows = index.numbers
    return this.#read(index.shape, (at) => at.with(axis, rows[flat(index.shape, at)] as number), true)
  }

  // Reducing.
  sum(axis?: number, keepDim = false): Mirror {
    const axes = axis === undefined ? range(this.rank) : [axis]
    const gone = this.shape.map((n, k) => (axes.includes(k) ? 1 : n))
    const index = places(this.shape, (at) =>
      flat(
        gone,
        at.map((i, k) => (axes.includes(k) ? 0 : i)),
      ),
    )
    return this.scatter(index, keepDim ? gone : this.shape.filter((_, k) => !axes.includes(k)))
  }
  mean(axis?: number, keepDim = false): Mirror {
    return this.sum(axis, keepDim).div(axis === undefined ? this.size : (this.shape[axis] as number))
  }
  max(axis?: number): Mirror {
    return this.#best(axis, (a, b) => apart(a, b) > 0)
  }
  min(axis?: number): Mirror {
    return this.#best(axis, (a, b) => apart(a, b) < 0)
  }
  #best(axis: number | undefined, better: (a: number, b: number) => boolean): Mirror {
    const { numbers } = this
    const rivals = (at: number[]): number[] =>
      axis === undefined ? range(this.size) : range(this.shape[axis] as number).map((i) => flat(this.shape, at.toSpliced(axis, 0, i)))
    const shape = axis === undefined ? [] : this.shape.toSpliced(axis, 1)
    const index = places(shape, (at) => rivals(at).reduce((a, b) => (better(numbers[a] as number, numbers[b] as number) ? a : b)))
    return this.pick(index, shape, true)
  }
  logSumExp(axis?: number): Mirror {
    begin<Mirror>(this)
    const total = withRecording(false, () => this.exp().sum(axis).log())
    const kept = axis === undefined ? this.shape.map(() => 1) : this.shape.with(axis, 1)
    return record([this], total, (g, [x], y) => [g.reshape(kept).mul((x as Mirror).sub(y.reshape(kept)).exp())], true)
  }
  softmax(): Mirror {
    const k = this.rank - 1
    const y = withRecording(false, () => this.exp().div(this.exp().sum(k, true)))
    return record([this], y, (g, _, y) => [y.mul(g.sub(g.mul(y).sum(k, true)))])
  }
  logSoftmax(): Mirror {
    const k = this.rank - 1
    const y = withRecording(false, () => this.sub(this.exp().sum(k, true).log()))
    return record([this], y, (g, _, y) => [g.sub(y.exp().mul(g.sum(k, true)))])
  }
  /** (…, M, K) · (K, N). */
  matmul(other: Mirror): Mirror {
    const rows = (x: Mirror): Mirror => x.reshape([x.size / (x.shape.at(-1) as number), x.shape.at(-1) as number])
    const several = this.rank > 2
    if (several) begin<Mirror>(this)
    const slopes = (g: Mirror, [a, b]: readonly Mirror[]) => [
      g.matmul((b as Mirror).t()),
      rows(a as Mirror)
        .t()
        .matmul(rows(g)),
    ]
    return record([this, other], product(this, other), slopes, several)
  }
}

function product(a: Mirror, b: Mirror): Mirror {
  const [K, N] = b.shape as [number, number]
  const [x, y] = [a.numbers, b.numbers]
  const shape = [...a.shape.slice(0, -1), N]
  const dot = (row: number, col: number): number => range(K).reduce((sum, k) => sum + (x[row * K + k] as number) * (y[k * N + col] as number), 0)
  return made(
    range(sizeOf(shape)).map((i) => dot(Math.floor(i / N), i % N)),
    shape,
  )
}

/** x (…, D)·weightᵀ + bias, as one op. */
export function affine(x: Mirror, weight: Mirror, bias: Mirror): Mirror {
  const rows = (t: Mirror): Mirror => t.reshape([t.size / (t.shape.at(-1) as number), t.shape.at(-1) as number])
  const out = withRecording(false, () => product(x, weight.t()).add(bias))
  return record([x, weight, bias], out, (g, [a, w, b]) => [
    g.matmul(w as Mirror),
    rows(g)
      .t()
      .matmul(rows(a as Mirror)),
    gathered(g, (b as Mirror).shape),
  ])
}

/** A sum of all that one side is broadcast along. */
function gathered(g: Mirror, shape: readonly number[]): Mirror {
  if (equal(g.shape, shape)) return g
  const more = g.rank - shape.length
  return g.scatter(
    places(g.shape, (at) =>
      flat(
        shape,
        shape.map((n, k) => (n === 1 ? 0 : (at[k + more] as number))),
      ),
    ),
    shape,
  )
}

const picked = <T>(from: readonly T[], index: readonly number[]): T[] => index.map((i) => from[i] as T)

/** A new tensor that an op made. */
function made(numbers: readonly number[], shape: readonly number[], creation = false): Mirror {
  if (numbers.some((n) => !(Math.abs(n) < LARGE))) throw new Pointless()
  const out = new Mirror(new Storage(numbers), range(numbers.length), shape)
  noteMade(out.storage, creation)
  return out
}

export function created(numbers: readonly number[], shape: readonly number[], requiresGrad = false): Mirror {
  const out = made(numbers, shape, true)
  out.requiresGrad = requiresGrad
  return out
}

/** The difference of two numbers that are not too near to each other for a choice between them. */
function apart(a: number, b: number): number {
  if (Math.abs(a - b) < 1 / LARGE) throw new Pointless()
  return a - b
}

function each(x: Mirror, f: (x: number) => number, slope: (g: Mirror, x: Mirror, y: Mirror) => Mirror): Mirror {
  return record([x], made(x.numbers.map(f), x.shape), (g, [input], y) => [slope(g, input as Mirror, y)])
}

type Slopes = (g: Mirror, a: Mirror, b: Mirror, y: Mirror) => readonly [Mirror, Mirror]

/** An op of two, broadcast: the derivatives are written as if they had one shape. */
function both(a: Mirror, other: Mirror | number, f: (a: number, b: number) => number, slopes: Slopes): Mirror {
  const b = typeof other === 'number' ? new Mirror(new Storage([other]), [0], []) : other
  const rank = Math.max(a.rank, b.rank)
  const sizes = (x: Mirror): number[] => [...new Array<number>(rank - x.rank).fill(1), ...x.shape]
  const [n, m] = [sizes(a), sizes(b)]
  const shape = n.map((size, k) => Math.max(size, m[k] as number))
  const [xs, ys] = [wide(a, shape), wide(b, shape)]
  const out = made(
    xs.map((x, i) => f(x, ys[i] as number)),
    shape,
  )
  return record([a, b], out, (g, inputs, y) => {
    const [x, z] = inputs as [Mirror, Mirror]
    const [dx, dz] = slopes(g, x, z, y)
    return [x.node && gathered(dx, x.shape), z.node && gathered(dz, z.shape)]
  })
}

/** The numbers of x, repeated as broadcasting does. */
function wide(x: Mirror, shape: readonly number[]): number[] {
  if (equal(x.shape, shape)) return x.numbers
  const more = shape.length - x.rank
  const index = places(shape, (at) =>
    flat(
      x.shape,
      x.shape.map((n, k) => (n === 1 ? 0 : (at[k + more] as number))),
    ),
  )
  return picked(x.numbers, index)
}

const zerosLike = (x: Mirror): Mirror =>
  made(
    x.at.map(() => 0),
    x.shape,
  )

/** g where a is larger than b, both as wide as g: the choice itself is not differentiated. */
function masked(g: Mirror, a: Mirror, b: Mirror): Mirror {
  const [xs, ys] = [wide(a, g.shape), wide(b, g.shape)]
  return g.mul(
    made(
      xs.map((x, i) => Number(x > (ys[i] as number))),
      g.shape,
    ),
  )
}

/** a where `chosen` is 1, b where it is 0. */
export const where = (chosen: Mirror, a: Mirror, b: Mirror): Mirror => a.mul(chosen).add(b.mul(chosen.neg().add(1)))

/** Tensors one after the other along an axis, whatever their shapes are read as. */
function joined(tensors: readonly Mirror[], shapes: readonly (readonly number[])[], axis: number): Mirror {
  const sizes = shapes.map((one) => one[axis] as number)
  const shape = (shapes[0] as readonly number[]).with(
    axis,
    sizes.reduce((a, b) => a + b),
  )
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0))
  const indices = shapes.map((one, i) => places(one, (at) => flat(shape, at.with(axis, (at[axis] as number) + (starts[i] as number)))))
  const numbers = new Array<number>(sizeOf(shape))
  tensors.forEach((x, i) => {
    x.numbers.forEach((n, k) => {
      numbers[(indices[i] as number[])[k] as number] = n
    })
  })
  return record(tensors, made(numbers, shape), (g, inputs) => inputs.map((x, i) => g.pick(indices[i] as number[], x.shape)))
}

export const cat = (tensors: readonly Mirror[], axis = 0): Mirror =>
  joined(
    tensors,
    tensors.map(({ shape }) => shape),
    axis,
  )

export const stack = (tensors: readonly Mirror[], axis = 0): Mirror => {
  const shapes = tensors.map(({ shape }) => shape.toSpliced(axis, 0, 1))
  return joined(tensors, shapes, axis)
}

/** Overwrites a tensor's numbers in its storage. */
export function write(x: Mirror, numbers: readonly number[]): void {
  const data = [...x.storage.data]
  x.at.forEach((at, i) => {
    data[at] = numbers[i] as number
  })
  changed(x.storage, data)
}

/** A new tensor with these numbers, connected to them. */
export const own = (x: Mirror): Mirror => record([x], made(x.numbers, x.shape), (g) => [g])
