// The backward pass of sequence.ts through all steps, on programs and packed weights. The
// cotangents of the products' rows are multiplied into the gradients some hundred rows at a time.

import type { VjpCall } from '../../autograd/index.ts'
import { type PreparedProduct, product } from '../../kernels/blas/product.ts'
import { copyBytes } from '../../kernels/copy.ts'
import type { Ptr } from '../../kernels/engine.ts'
import { result } from '../core/blank.ts'
import { BYTES } from '../core/dtype.ts'
import { kernelsOf } from '../core/kernels.ts'
import { discard } from '../core/scopes.ts'
import type { Tensor } from '../core/tensor.ts'
import { zeros } from '../ops/creation.ts'
import type { Code } from '../programs/code.ts'
import type { PlannedProduct } from '../programs/plan.ts'
import { addressOf } from '../programs/rows.ts'
import { type Attributes, codesOf, packing } from './call.ts'
import { layoutOf, type StateLayout } from './layout.ts'
import { offsetBefore } from './places.ts'
import { distinctBackward } from './repeats.ts'

/**
 * How many rows of cotangents are multiplied into the gradients together. They are still in the
 * cache then, and are never stored as a whole.
 */
const BLOCK_ROWS = 256

/** The cotangents of the op's inputs that need one. */
export const backward = (
  g: Tensor,
  call: VjpCall<Tensor, Attributes>,
): readonly (Tensor | null)[] => new Pass(g, call).results()

/** One walk back. The constructor makes all tensors; after it nothing is allocated. */
class Pass {
  readonly #call: VjpCall<Tensor, Attributes>
  readonly #g: Tensor
  readonly #x: Tensor
  readonly #outside: readonly Tensor[]
  readonly #states: readonly StateLayout[]
  /** The number of sequences. */
  readonly #N: number
  readonly #bytes: number
  /** How many rows of cotangents there is room for. */
  readonly #capacity: number
  readonly #blocks: readonly Tensor[]
  readonly #dStates: readonly Tensor[]
  /** The cotangents of states after a step, where they have rows of their own. */
  readonly #apart: readonly (Tensor | null)[]
  readonly #dFactors: readonly Tensor[]
  /**
   * The states before every step in packed rows, for those that are multiplied, where sequences are
   * shorter than others; else the rows of a state begin with them.
   */
  readonly #before: readonly (Tensor | null)[]
  readonly #dx: Tensor | null
  /** Of the tensors from outside. */
  readonly #gradients: readonly (Tensor | null)[]
  /** Sums of the cotangents of equal rows. */
  readonly #sums: Tensor | null
  readonly #packings: readonly (ReturnType<typeof packing> | null)[]
  readonly #codes: readonly (Code | null)[]
  /** Gradients that have numbers, to be added to. */
  readonly #begun = new Set<Tensor>()
  #origins: readonly Ptr[] = []

  constructor(g: Tensor, call: VjpCall<Tensor, Attributes>) {
    const { inputs, attrs, needsGrad, isObserved } = call
    const { name, lowered, places, sizes, every, saved } = attrs
    const { plan, operands, readsX } = lowered
    const { dtype, products, sources } = plan
    const S = plan.after.length
    const [R, D] = inputs[0].shape
    const [N] = inputs[1].shape
    const make = (...shape: number[]): Tensor => result(shape, dtype, name)
    this.#call = call
    this.#g = g
    this.#x = inputs[0]
    this.#outside = inputs.slice(1 + S)
    this.#N = N
    this.#bytes = BYTES[dtype]
    this.#states = layoutOf(lowered, N, R, every).states
    this.#capacity = Math.min(R, Math.max(N, BLOCK_ROWS))
    this.#dStates = this.#states.map(({ width }) => make(N, width))
    this.#apart = this.#states.map(({ width }, k) =>
      operands.dAfter[k] === operands.dStates[k] ? null : make(N, width),
    )
    this.#dFactors = plan.factors.map(({ operand }) => make(N, sources[operand].width))
    this.#blocks = places.blocks.map(([, width]) => make(this.#capacity, width))
    const isEven = R === N * sizes.length
    this.#before = this.#states.map(({ width }, k) =>
      !isEven && products.some(({ input }) => input === lowered.states[k]) ? make(R, width) : null,
    )
    const { repeats } = saved
    this.#sums = repeats && zeros([repeats.first.size, products[0].width], { dtype })
    const byRows = repeats === null || isObserved(repeats.picked)
    this.#dx = readsX || (needsGrad[0] && byRows) ? make(R, D) : null
    this.#gradients = this.#outside.map((t, i) => {
      const isShared = repeats !== null && [products[0].weight, products[0].bias].includes(i)
      return needsGrad[1 + S + i] && !isShared ? make(...t.shape) : null
    })
    this.#packings = products.map((one) =>
      one.level === 0 ? null : packing(one, this.#outside[one.weight], N, false),
    )
    this.#codes = codesOf(lowered.backward)
  }

  results(): readonly (Tensor | null)[] {
    this.#place()
    this.#walk()
    for (const list of [this.#apart, this.#before, this.#dFactors])
      for (const t of list) if (t !== null) discard(t.storage)
    for (const rows of this.#blocks) discard(rows.storage)
    for (const one of this.#packings) if (one?.room) discard(one.room.storage)
    const { needsGrad, attrs } = this.#call
    const found = [this.#dx, ...this.#dStates, ...this.#gradients]
    this.#addDistinct(found)
    const kernels = kernelsOf({ dtype: attrs.lowered.plan.dtype })
    return found.map((t, i) => {
      if (t === null || !needsGrad[i]) return null
      // An empty gradient that nothing was added to has arbitrary numbers.
      if (this.#gradients.includes(t) && !this.#begun.has(t)) kernels.fill(t.address(), t.size, 0)
      return t
    })
  }

  /** What goes through the product with equal rows of x, which was computed once for them. */
  #addDistinct(found: (Tensor | null)[]): void {
    const { attrs, needsGrad } = this.#call
    const { repeats } = attrs.saved
    if (this.#sums === null || repeats === null) return
    const { products, after } = attrs.lowered.plan
    const [{ weight, bias }] = products
    const first = 1 + after.length
    const needed = [
      needsGrad[0] && this.#dx === null,
      needsGrad[first + weight],
      bias !== null && needsGrad[first + bias],
    ]
    const own = distinctBackward(this.#sums, this.#x, this.#outside[weight], repeats, needed)
    found[0] ??= own[0]
    found[first + weight] = own[1]
    if (bias !== null) found[first + bias] = own[2]
  }

  /** Says where all rows lie, but those of the blocks. */
  #place(): void {
    const { y, attrs } = this.#call
    const { places, saved, lowered } = attrs
    const { operands, plan } = lowered
    const ys = y.address()
    this.#origins = this.#states.map(({ rows }, k) =>
      rows === null ? (saved.states[k] as Tensor).address() : ys + rows * this.#bytes,
    )
    places.setSources(this.#x, attrs.masks, this.#outside, saved, [])
    places.setStates(this.#states, this.#origins, this.#N)
    this.#states.forEach(({ width }, k) => {
      places.set(operands.dStates[k], this.#dStates[k].address(), width, false)
      const own = this.#apart[k]
      if (own !== null) places.set(operands.dAfter[k], own.address(), width, false)
    })
    plan.factors.forEach(({ operand }, k) => {
      const { width } = plan.sources[operand]
      places.set(operands.dFactors[k], this.#dFactors[k].address(), width, false)
    })
    if (this.#dx !== null) places.set(operands.dx, this.#dx.address(), this.#x.shape[1], true)
  }

  /** Lets the blocks end with the cotangents of packed row `end` − 1. */
  #placeBlocks(end: number): void {
    const { places } = this.#call.attrs
    places.blocks.forEach(([operand, width], i) => {
      const at = this.#blocks[i].address() + (this.#capacity - end) * width * this.#bytes
      places.set(operand, at, width, true)
    })
    places.tell(this.#codes)
  }

  #walk(): void {
    const { sizes, places, lowered } = this.#call.attrs
    const { accumulates, loops } = lowered
    const states = this.#states
    const [N, bytes] = [this.#N, this.#bytes]
    const kernels = kernelsOf(this.#x)
    const dy = this.#g.address()
    const times = this.#packings.map((one) => one?.pack())
    const dStates = this.#dStates.map((t) => t.address())
    const apart = this.#apart.map((t) => t?.address() ?? 0)
    const before = this.#before.map((t) => t?.address() ?? 0)
    /** Adds to the cotangents of state k those of n of its rows in the result. */
    const addRows = (k: number, row: number, n: number): void => {
      const { rows, width } = states[k]
      if (rows === null) return
      const from = dy + (rows + row * width) * bytes
      kernels.add(dStates[k], dStates[k], from, 1, n * width, 0, 1, 0, 1)
    }
    states.forEach(({ last, width }, k) => {
      copyBytes(dStates[k], dy + last * bytes, N * width * bytes)
    })
    let end = this.#x.shape[0]
    let at = end
    this.#placeBlocks(end)
    for (let t = sizes.length - 1; t >= 0; t--) {
      const n = sizes[t]
      at -= n
      if (places.moveBefore(offsetBefore(sizes, t, N))) places.tell(this.#codes)
      for (let k = 0; k < states.length; k++) {
        const row = states[k].width * bytes
        addRows(k, N + at, n)
        if (apart[k] !== 0) copyBytes(apart[k], dStates[k], n * row)
        if (before[k] !== 0) copyBytes(before[k] + at * row, places.stateBefore(k, at), n * row)
      }
      for (let level = loops.length - 1; level >= 0; level--) {
        this.#codes[level]?.run(n, at)
        for (const i of loops[level]) {
          const { from, to } = places.dProducts[i]
          const multiply = times[i] as PreparedProduct
          multiply(to.at, addressOf(from, at), n, Number(accumulates[i]))
        }
      }
      if (at > 0 && end - at + N <= this.#capacity) continue
      this.#propagate(at, end)
      end = at
      if (at > 0) this.#placeBlocks(end)
    }
    for (let k = 0; k < states.length; k++) addRows(k, 0, N)
  }

  /** Multiplies the cotangents of the packed rows `at` to `end` into gradients. */
  #propagate(at: number, end: number): void {
    const { lowered, places, saved } = this.#call.attrs
    const { operands, plan, readsX } = lowered
    const { dtype, sources } = plan
    const kernels = kernelsOf({ dtype })
    const rows = end - at
    const needsX = this.#call.needsGrad[0] ? this.#dx : null
    let xIsBegun = readsX
    plan.products.forEach((one, i) => {
      const { width, transposed, weight, bias, level, input } = one
      const from = addressOf(places.rows[operands.dProducts[i]], at)
      if (this.#sums !== null && saved.repeats !== null && i === 0) {
        const rowOf = saved.repeats.rowOf.address() + 4 * at
        kernels.scatterAddRows(this.#sums.address(), from, rowOf, rows, width)
      }
      if (level === 0 && needsX !== null) {
        const [w, [, D]] = [this.#outside[weight], needsX.shape]
        product({
          dtype,
          out: needsX.address() + at * D * this.#bytes,
          a: from,
          b: w.storedAddress(),
          m: rows,
          n: D,
          k: width,
          transA: 0,
          transB: Number(transposed === w.transposed),
          accumulate: Number(xIsBegun),
        })
        xIsBegun = true
      }
      const dWeight = this.#gradients[weight]
      if (dWeight !== null) {
        const columns = sources[input].width
        const operand = this.#multiplied(one, at)
        const [a, b] = transposed ? [from, operand] : [operand, from]
        const [m, n] = transposed ? [width, columns] : [columns, width]
        const [out, accumulate] = [dWeight.address(), this.#begin(dWeight)]
        product({ dtype, out, a, b, m, n, k: rows, transA: 1, transB: 0, accumulate })
      }
      const dBias = bias === null ? null : this.#gradients[bias]
      if (dBias !== null) kernels.sum(dBias.address(), from, 1, rows, width, this.#begin(dBias))
    })
    for (const [operand, own] of operands.dVectors) {
      const source = sources[operand]
      const d = source.kind === 'vector' ? this.#gradients[source.outside] : null
      if (d === null) continue
      const from = addressOf(places.rows[own], at)
      kernels.sum(d.address(), from, 1, rows, source.width, this.#begin(d))
    }
  }

  /** 1 where a gradient has numbers already, to be added to. */
  #begin(gradient: Tensor): 0 | 1 {
    const has = this.#begun.has(gradient)
    this.#begun.add(gradient)
    return has ? 1 : 0
  }

  /** The rows that a product multiplied, from packed row `at` on. */
  #multiplied({ input }: PlannedProduct, at: number): Ptr {
    const { lowered, saved } = this.#call.attrs
    const source = lowered.plan.sources[input]
    const further = at * source.width * this.#bytes
    if (source.kind === 'x') return this.#x.address() + further
    if (source.kind === 'factor') return saved.factors[source.factor].address() + further
    const k = (source as { state: number }).state
    return (this.#before[k]?.address() ?? this.#origins[k]) + further
  }
}
