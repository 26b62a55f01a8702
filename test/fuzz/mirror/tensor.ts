// The mirror's tensor: plain numbers read through a list of places, and elementwise ops whose
// derivatives are written with ops. The others join it in shapes.ts and reductions.ts.

import { apart, BINARY, type BinaryName, LARGE, UNARY, type UnaryName } from './elementwise.ts'
import { noteMade, noteRead, now, Pointless, Refusal, Storage } from './memory.ts'
import { broadcast, equal, picked, range, repeats, type Shape, sizeOf } from './places.ts'
import type { Reductions } from './reductions.ts'
import type { ShapeOps } from './shapes.ts'
import { changed, type Hook, Node, record, type Value } from './tape.ts'

type Unaries = Record<UnaryName, () => Mirror>
type Binaries = Record<BinaryName, (other: Mirror | number) => Mirror>

/** As derivatives.ts has it, which knows of walks. */
interface Backward {
  backward(
    gradient?: Mirror | null,
    options?: { createGraph?: boolean; retainGraph?: boolean },
  ): void
}

export interface Mirror extends Unaries, Binaries, Backward, Reductions, ShapeOps {}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the tables are installed below.
export class Mirror implements Value<Mirror> {
  readonly storage: Storage
  /** Where in the storage each element stands. */
  readonly at: readonly number[]
  readonly shape: Shape
  /** What t() gives of what is in order, and takes back. */
  readonly flipped: boolean
  node: Node<Mirror> | null = null
  #grad: Mirror | null = null
  /** Whether a walk made the gradient, which the next one then adds into. */
  ownsGrad = false
  #saved: readonly number[] | null = null

  constructor(storage: Storage, at: readonly number[], shape: Shape, flipped = false) {
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
    this.storage.requiredAt = now() + 0.5
    this.node = on ? new Node<Mirror>() : null
    if (this.node !== null) this.node.y = this
  }
  get grad(): Mirror | null {
    return this.#grad
  }
  set grad(g: Mirror | null) {
    this.#grad = g
    this.ownsGrad = false
  }
  get isLeaf(): boolean {
    return this.node === null || this.node.derivative === null
  }

  /** The numbers, for ops and for readers. */
  get numbers(): number[] {
    if (this.#saved === null) noteRead(this.storage)
    return picked(this.#saved ?? this.storage.data, this.at)
  }
  /** The numbers, repeated as broadcasting does. */
  wide(shape: Shape): number[] {
    return equal(shape, this.shape)
      ? this.numbers
      : picked(this.numbers, repeats(this.shape, shape))
  }
  toTypedArray(): Float64Array {
    return new Float64Array(this.numbers)
  }

  /** The same tensor with the numbers it has now, whatever becomes of them. */
  frozen(): Mirror {
    const copy = this.view(this.at, this.shape, this.flipped)
    copy.node = this.node
    copy.#saved ??= this.storage.data
    return copy
  }
  detach(): Mirror {
    this.storage.kept = true
    return this.plain()
  }
  /** The same, connected to nothing. */
  plain(): Mirror {
    return this.view(this.at, this.shape, this.flipped)
  }
  /** The same storage, read elsewhere. */
  view(at: readonly number[], shape: Shape, flipped: boolean): Mirror {
    const view = new Mirror(this.storage, at, shape, flipped)
    view.#saved = this.#saved
    return view
  }
  /** The same numbers under a node of their own. */
  alias(): Mirror {
    return record([this], this.plain(), (g) => [g])
  }
  clone(): Mirror {
    const out = record([this], made(this.numbers, this.shape), (g) => [g])
    out.storage.kept = true
    return out
  }
  zeros(): Mirror {
    return made(
      this.at.map(() => 0),
      this.shape,
    )
  }
  assign_(value: Mirror): this {
    if (!this.isLeaf || this.storage.copied) throw new Refusal('assign')
    noteRead(this.storage)
    write(this, value.numbers)
    return this
  }
  registerHook(f: (g: Mirror) => Mirror | undefined): () => void {
    const { node } = this
    if (node === null) throw new Refusal('plain')
    const hook: Hook<Mirror> = (cotangent, foreign) => {
      const g = foreign ? cotangent.clone() : cotangent
      g.storage.kept = true
      return f(g)
    }
    node.hooks.push(hook)
    return () => {
      node.hooks = node.hooks.filter((other) => other !== hook)
    }
  }

  pow(n: number): Mirror {
    const slope = (g: Mirror, x: Mirror): Mirror => g.mul(x.pow(Math.max(0, n - 1))).mul(n)
    return each(this, (x) => x ** n, slope)
  }
  /**
   * This where a is larger than b, half of it where they are equal, else 0: the choice itself is
   * not differentiated.
   */
  above(a: Mirror, b: Mirror): Mirror {
    const [x, y] = [a, b].map((t) => t.wide(this.shape)) as [number[], number[]]
    return this.mul(
      made(
        x.map((n, i) => (n === y[i] ? 0.5 : Number(n > (y[i] as number)))),
        this.shape,
      ),
    )
  }

  /** 1 where this is larger, else 0. */
  gt(other: Mirror): Mirror {
    const shape = broadcast(this.shape, other.shape)
    const [x, y] = [this, other].map((t) => t.wide(shape)) as [number[], number[]]
    return made(
      x.map((n, i) => Number(apart(n, y[i] as number) > 0)),
      shape,
    )
  }

  /**
   * Element i of the result is element index[i] of this: a view where they stand in a row, unless
   * `always` copied.
   */
  pick(index: readonly number[], shape: Shape, always = false, several = false): Mirror {
    const start = index[0] as number
    const view = !always && !this.flipped && index.every((at, i) => at === start + i)
    const out = view
      ? this.view(picked(this.at, index), shape, false)
      : made(picked(this.numbers, index), shape)
    if (!view) out.storage.copied = !always
    return record([this], out, (g, [x]) => [g.scatter(index, (x as Mirror).shape)], several)
  }
  /** Zeros, with element i of this added at index[i]. */
  scatter(index: readonly number[], shape: Shape): Mirror {
    const sums = new Array<number>(sizeOf(shape)).fill(0)
    for (const [i, n] of this.numbers.entries())
      sums[index[i] as number] = (sums[index[i] as number] as number) + n
    return record([this], made(sums, shape), (g, [x]) => [g.pick(index, (x as Mirror).shape, true)])
  }
}

for (const [name, [f, slope]] of Object.entries(UNARY))
  Object.assign(Mirror.prototype, {
    [name](this: Mirror) {
      return each(this, f, slope)
    },
  })
for (const [name, [f, slopes]] of Object.entries(BINARY))
  Object.assign(Mirror.prototype, {
    [name](this: Mirror, other: Mirror | number) {
      return both(
        this,
        typeof other === 'number' ? new Mirror(new Storage([other]), [0], []) : other,
        f,
        slopes,
      )
    },
  })

/** A new tensor that an op made. */
export function made(numbers: readonly number[], shape: Shape, creation = false): Mirror {
  if (numbers.some((n) => !(Math.abs(n) < LARGE))) throw new Pointless()
  const out = new Mirror(new Storage(numbers), range(numbers.length), shape)
  noteMade(out.storage, creation)
  return out
}

export function created(numbers: readonly number[], shape: Shape, requiresGrad = false): Mirror {
  const out = made(numbers, shape, true)
  out.requiresGrad = requiresGrad
  return out
}

function each(
  x: Mirror,
  f: (x: number) => number,
  slope: (g: Mirror, x: Mirror, y: Mirror) => Mirror,
): Mirror {
  return record([x], made(x.numbers.map(f), x.shape), (g, [input], y) => [
    slope(g, input as Mirror, y),
  ])
}

type Slopes = (g: Mirror, a: Mirror, b: Mirror, y: Mirror) => readonly [Mirror, Mirror]

/** An op of two, broadcast: the derivatives are written as if they had one shape. */
function both(a: Mirror, b: Mirror, f: (a: number, b: number) => number, slopes: Slopes): Mirror {
  const shape = broadcast(a.shape, b.shape)
  const [x, y] = [a, b].map((t) => t.wide(shape)) as [number[], number[]]
  const out = made(
    x.map((n, i) => f(n, y[i] as number)),
    shape,
  )
  return record([a, b], out, (g, inputs, y) => {
    const [left, right] = inputs as [Mirror, Mirror]
    const [dLeft, dRight] = slopes(g, left, right, y)
    return [left.node && gathered(dLeft, left.shape), right.node && gathered(dRight, right.shape)]
  })
}

/** A sum of all that one side is broadcast along. */
export const gathered = (g: Mirror, shape: Shape): Mirror =>
  equal(g.shape, shape) ? g : g.scatter(repeats(shape, g.shape), shape)

/** Overwrites a tensor's numbers in its storage. */
export function write(x: Mirror, numbers: readonly number[]): void {
  const data = [...x.storage.data]
  for (const [i, at] of x.at.entries()) data[at] = numbers[i] as number
  changed(x.storage, data)
}

/**
 * A new tensor with these numbers, connected to them. tapegrad may have it as part of something
 * larger.
 */
export function own(x: Mirror): Mirror {
  const out = record([x], made(x.numbers, x.shape), (g) => [g])
  out.storage.piece = true
  return out
}
