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
import type { PlannedProduct } from '../programs/plan.ts'
import { type Attributes, blocksOf, packing } from './call.ts'
import { layoutOf, stepsOf } from './layout.ts'
import { moveStates, Places } from './places.ts'
import { distinctBackward } from './repeats.ts'

/**
 * How many rows of cotangents are multiplied into the gradients together. They are still in the
 * cache then, and are never stored as a whole.
 */
const BLOCK_ROWS = 256

export function backward(
  g: Tensor,
  { inputs, y, attrs, needsGrad, isObserved }: VjpCall<Tensor, Attributes>,
): readonly (Tensor | null)[] {
  const { lowered, sizes, every, saved } = attrs
  const { plan, operands, accumulates, readsX } = lowered
  const { dtype, products, sources } = plan
  const { repeats } = saved
  const S = plan.after.length
  const [x] = inputs
  const outside = inputs.slice(1 + S)
  const [R, D] = x.shape
  const [N] = inputs[1].shape
  const bytes = BYTES[dtype]
  const make = (...shape: number[]): Tensor => result(shape, dtype, attrs.name)
  const { states } = layoutOf(lowered, N, R, every)
  const capacity = Math.min(R, Math.max(N, BLOCK_ROWS))
  const needs = (outsideIndex: number | null): boolean =>
    outsideIndex !== null && needsGrad[1 + S + outsideIndex]

  const dStates = states.map(({ width }) => make(N, width))
  const apart = states.map(({ width }, k) =>
    operands.dAfter[k] === operands.dStates[k] ? null : make(N, width),
  )
  const dFactors = plan.factors.map(({ operand }) => make(N, sources[operand].width))
  /** Rows of cotangents, by operand: as many as are multiplied together. */
  const blocks = new Map<number, Tensor>()
  products.forEach(({ width }, i) => {
    const operand = operands.dProducts[i]
    if (!blocks.has(operand)) blocks.set(operand, make(capacity, width))
  })
  for (const [source, operand] of operands.dVectors)
    blocks.set(operand, make(capacity, sources[source].width))
  // Where no sequence is shorter, the rows of a state begin with those before every step.
  const isEven = R === N * sizes.length
  const before = states.map(({ width }, k) =>
    !isEven && products.some(({ input }) => input === lowered.states[k]) ? make(R, width) : null,
  )
  const sums = repeats && zeros([repeats.first.size, products[0].width], { dtype })
  const byRows = repeats === null || isObserved(repeats.picked)
  const dx = needsGrad[0] && byRows ? make(R, D) : readsX ? make(R, D) : null
  const gradients = outside.map((t, i) => {
    const isShared = repeats !== null && [products[0].weight, products[0].bias].includes(i)
    return needs(i) && !isShared ? make(...t.shape) : null
  })
  const packings = products.map((one) =>
    one.level === 0 ? null : packing(one, outside[one.weight], N, false),
  )
  const codes = blocksOf(lowered.backward)

  // From here on nothing is allocated.
  const times = packings.map((one) => one?.pack())
  const programs = lowered.backward.map((program, level) => {
    const block = codes[level]
    return block && program.runner(block)
  })
  const kernels = kernelsOf(x)
  const dy = g.address()
  const [xs, ys] = [x.address(), y.address()]
  const rowBytes = states.map(({ width }) => width * bytes)
  const stateRows = states.map(({ rows }, k) =>
    rows === null ? (saved.states[k] as Tensor).address() : ys + rows * bytes,
  )

  const places = new Places(attrs)
  places.setSources(attrs, x, outside, saved, [])
  const statePlaces = places.states(attrs, states, stateRows)
  const dStateAt = dStates.map((d, k) => {
    const at = d.address()
    places.set(operands.dStates[k], at, states[k].width, false)
    const own = apart[k]
    if (own !== null) places.set(operands.dAfter[k], own.address(), states[k].width, false)
    return at
  })
  plan.factors.forEach(({ operand }, k) => {
    places.set(operands.dFactors[k], dFactors[k].address(), sources[operand].width, false)
  })
  if (dx !== null) places.set(operands.dx, dx.address(), D, true)
  const blockEnds = [...blocks].map(([operand, block]) => {
    const width = block.shape[1]
    const end = block.address() + capacity * width * bytes
    return { place: places.set(operand, block.address(), width, false), end }
  })
  const dz = products.map((_, i) => places.rows[operands.dProducts[i]])
  /** The products in the loop, by levels: their cotangents, and those of what they multiplied. */
  const inLoop = lowered.loops.map((loop) =>
    loop.map((i) => {
      const source = sources[products[i].input]
      const to =
        source.kind === 'state'
          ? operands.dStates[source.state]
          : operands.dFactors[(source as { factor: number }).factor]
      const multiply = times[i] as PreparedProduct
      return { from: dz[i], to: places.rows[to], multiply, add: Number(accumulates[i]) }
    }),
  )

  /** The rows that a product multiplied, from packed row `at` on. */
  const multiplied = ({ input }: PlannedProduct, at: number): Ptr => {
    const source = sources[input]
    if (source.kind === 'x') return xs + at * D * bytes
    if (source.kind === 'factor')
      return saved.factors[source.factor].address() + at * source.width * bytes
    const k = source.kind === 'state' ? source.state : 0
    return (before[k]?.address() ?? stateRows[k]) + at * rowBytes[k]
  }
  const uses = (i: number): number =>
    products.filter(({ weight, bias }) => weight === i || bias === i).length +
    sources.filter((source) => source.kind === 'vector' && source.outside === i).length
  /** Of a product: the gradient of an earlier one's bias, whose cotangents are the same. */
  const twins = products.map(({ bias }, i) => {
    const twin = products.findIndex(
      (other, k) => other.bias !== null && operands.dProducts[k] === operands.dProducts[i],
    )
    const first = products[twin]?.bias ?? null
    return bias === null || first === null || twin >= i || uses(bias) + uses(first) > 2
      ? null
      : gradients[first]
  })
  const begun = new Set<Tensor>()
  /** 1 where a gradient has numbers already, to be added to. */
  const accumulate = (gradient: Tensor): 0 | 1 => {
    const has = begun.has(gradient)
    begun.add(gradient)
    return has ? 1 : 0
  }
  /** Multiplies the cotangents of the rows `at` to `end` into gradients. */
  const propagate = (at: number, end: number): void => {
    const rows = end - at
    let dxIsBegun = readsX
    products.forEach((one, i) => {
      const { width, transposed, weight, bias, level, input } = one
      const from = dz[i].at
      if (sums !== null && repeats !== null && i === 0)
        kernels.scatterAddRows(sums.address(), from, repeats.rowOf.address() + 4 * at, rows, width)
      if (level === 0 && dx !== null && needsGrad[0]) {
        const w = outside[weight]
        const transB = Number(transposed === w.transposed)
        const out = dx.address() + at * D * bytes
        const [b, add] = [w.storedAddress(), Number(dxIsBegun)]
        product({
          dtype,
          out,
          a: from,
          b,
          m: rows,
          n: D,
          k: width,
          transA: 0,
          transB,
          accumulate: add,
        })
        dxIsBegun = true
      }
      const dWeight = gradients[weight]
      if (dWeight !== null) {
        const columns = sources[input].width
        const operand = multiplied(one, at)
        const [a, b] = transposed ? [from, operand] : [operand, from]
        const [m, n] = transposed ? [width, columns] : [columns, width]
        const [out, add] = [dWeight.address(), accumulate(dWeight)]
        product({ dtype, out, a, b, m, n, k: rows, transA: 1, transB: 0, accumulate: add })
      }
      const dBias = bias === null ? null : gradients[bias]
      if (dBias !== null && twins[i] === null)
        kernels.sum(dBias.address(), from, 1, rows, width, accumulate(dBias))
    })
    for (const [operand, own] of operands.dVectors) {
      const source = sources[operand]
      const d = source.kind === 'vector' ? gradients[source.outside] : null
      if (d !== null)
        kernels.sum(d.address(), places.rows[own].at, 1, rows, source.width, accumulate(d))
    }
  }
  const addTo = (k: number, from: Ptr, n: number): void =>
    kernels.add(dStateAt[k], dStateAt[k], from, 1, n * states[k].width, 0, 1, 0, 1)

  for (let k = 0; k < S; k++) copyBytes(dStateAt[k], dy + states[k].last * bytes, N * rowBytes[k])
  const beforeAt = before.map((kept) => kept?.address() ?? 0)
  const apartAt = apart.map((own) => own?.address() ?? 0)
  let end = R
  for (const { n, at, before: from } of stepsOf(sizes, N).reverse()) {
    places.moveTo(at)
    moveStates(statePlaces, from, N + at)
    for (const { place, end: last } of blockEnds) place.at = last - (end - at) * place.step
    for (let k = 0; k < S; k++) {
      const { rows } = states[k]
      const row = rowBytes[k]
      if (rows !== null) addTo(k, dy + rows * bytes + (N + at) * row, n)
      if (apartAt[k] !== 0) copyBytes(apartAt[k], dStateAt[k], n * row)
      if (beforeAt[k] !== 0) copyBytes(beforeAt[k] + at * row, statePlaces.before[k].at, n * row)
    }
    for (let level = plan.levels - 1; level >= 0; level--) {
      programs[level]?.(places.rows, n)
      for (const { from: cotangent, to, multiply, add } of inLoop[level])
        multiply(to.at, cotangent.at, n, add)
    }
    if (at > 0 && end - at + N <= capacity) continue
    propagate(at, end)
    end = at
  }
  states.forEach(({ rows }, k) => {
    if (rows !== null) addTo(k, dy + rows * bytes, N)
  })

  products.forEach(({ bias, width }, i) => {
    const [from, to] = [twins[i], bias === null ? null : gradients[bias]]
    if (from === null || to === null || !begun.has(from)) return
    copyBytes(to.address(), from.address(), width * bytes)
    begun.add(to)
  })
  for (const list of [apart, before, codes, dFactors])
    for (const t of list) if (t !== null) discard(t.storage)
  for (const block of blocks.values()) discard(block.storage)
  for (const one of packings) if (one !== null) discard(one.room.storage)
  const results: (Tensor | null)[] = [dx, ...dStates, ...gradients]
  if (sums !== null && repeats !== null) {
    const [{ weight, bias }] = products
    const needed = [needsGrad[0] && dx === null, needs(weight), needs(bias)]
    const found = distinctBackward(sums, x, outside[weight], repeats, needed)
    results[0] ??= found[0]
    results[1 + S + weight] = found[1]
    if (bias !== null) results[1 + S + bias] = found[2]
  }
  return results.map((t, i) => {
    // An empty gradient that nothing was added to has arbitrary numbers.
    if (t !== null && needsGrad[i] && gradients.includes(t) && !begun.has(t))
      kernels.fill(t.address(), t.size, 0)
    return needsGrad[i] ? t : null
  })
}
