// A recurrence over whole sequences as one op: products over all steps, and at every step products
// with packed weights and the step's programs. The definition is compose.ts.

import { type Rule, recording } from '../../autograd/index.ts'
import type { PreparedProduct } from '../../kernels/blas/product.ts'
import { copyBytes, repeatRow } from '../../kernels/copy.ts'
import { byteKernels } from '../../kernels/engine.ts'
import { result } from '../core/blank.ts'
import { BYTES } from '../core/dtype.ts'
import { freeWithGraph } from '../core/lifetime.ts'
import { discard } from '../core/scopes.ts'
import type { Tensor } from '../core/tensor.ts'
import { distinct, record } from '../define/record.ts'
import { affineInto, multiplyInto } from '../ops/matmul.ts'
import type { Lowered } from '../programs/lowered.ts'
import type { Plan } from '../programs/plan.ts'
import { grad } from '../transforms/gradient.ts'
import { noGrad } from '../transforms/recording.ts'
import { backward } from './backward.ts'
import { type Attributes, blocksOf, packing, type Saved, type SequenceCall } from './call.ts'
import { compose } from './compose.ts'
import { layoutOf, stepsOf } from './layout.ts'
import { moveStates, Places } from './places.ts'
import { type LookUp, projectDistinct, repeatsOf } from './repeats.ts'

const makeRule = (name: string): Rule<Tensor, Attributes> => ({
  name,
  vjp(g, call) {
    if (!recording) return backward(g, call)
    const { inputs, attrs, needsGrad } = call
    const separate = distinct(inputs)
    const targets = separate.filter((_, i) => needsGrad[i])
    const y = compose(attrs, separate)
    if (y.node === null) return needsGrad.map(() => null)
    const gs = grad(y, targets, { gradOutputs: g, createGraph: true, allowUnused: true })
    return needsGrad.map((needed) => (needed ? (gs.shift() as Tensor) : null))
  },
  replay: (inputs, attrs) => sequence(inputs, attrs, null),
})

/** The rules by the names of cells: the tape shows an op by the cell that it runs. */
const rules = new Map<string, Rule<Tensor, Attributes>>()

function ruleFor(name: string): Rule<Tensor, Attributes> {
  const rule = rules.get(name) ?? makeRule(name)
  rules.set(name, rule)
  return rule
}

/**
 * Runs a step over packed sequences, the longest first. `lookUp` tells which rows of x are equal.
 * The result is one vector, laid out as `layoutOf` says.
 */
export function sequence(
  inputs: readonly Tensor[],
  call: SequenceCall,
  lookUp: LookUp | null,
): Tensor {
  const { name, lowered, sizes, every, masks } = call
  const { plan, operands } = lowered
  const { dtype, products, sources } = plan
  const S = plan.after.length
  const [x] = inputs
  const outside = inputs.slice(1 + S)
  const [R, D] = x.shape
  const [N] = inputs[1].shape
  const bytes = BYTES[dtype]
  const make = (...shape: number[]): Tensor => result(shape, dtype, name)
  const repeats = canShare(lowered) && lookUp !== null ? repeatsOf(lookUp) : null
  const biases = biasesOf(plan, outside)
  const distinctRows =
    repeats === null
      ? null
      : noGrad(() => projectDistinct(x, outside[products[0].weight], biases[0], repeats))
  const { states, shape } = layoutOf(lowered, N, R, every)
  const y = make(...shape)
  const saved: Saved = {
    products: products.map(({ level, width }) => (level === 0 ? make(R, width) : null)),
    states: states.map(({ rows, width }) => (rows === null ? make(N + R, width) : null)),
    factors: plan.factors.map(({ operand }) => make(R, sources[operand].width)),
    own: operands.saved.map(([, width]) => make(R, width)),
    repeats,
  }
  const passing = products.map(({ level, width, isOnto }) =>
    level === 0 || isOnto ? null : make(N, width),
  )
  const packings = products.map((one) =>
    one.level === 0 ? null : packing(one, outside[one.weight], N, true),
  )
  const blocks = blocksOf(lowered.forward)

  // From here on nothing is allocated.
  const times = packings.map((one) => one?.pack())
  const programs = lowered.forward.map((program, level) => {
    const block = blocks[level]
    return block && program.runner(block)
  })
  for (const t of [...inputs, ...masks.map(({ mask }) => mask)]) t.address()
  products.forEach((one, i) => {
    const to = saved.products[i]
    if (to === null) return
    const [weight, bias] = [outside[one.weight], biases[i]]
    if (distinctRows !== null && repeats !== null) {
      const row = one.width * bytes
      const { rowOf } = repeats
      byteKernels.copyRows(to.address(), distinctRows.address(), rowOf.address(), R, row)
    } else if (one.transposed) {
      const b = bias === null ? null : bias.address()
      affineInto(dtype, to.address(), x.address(), weight.address(), b, R, one.width, D)
    } else multiplyInto(to, x, weight, 0)
  })

  /** The address of row 0 of each state's rows: the first N, and those after every step. */
  const stateRows = states.map(({ rows }, k) =>
    rows === null ? (saved.states[k] as Tensor).address() : y.address() + rows * bytes,
  )
  const rowBytes = states.map(({ width }) => width * bytes)
  const stateInputs = inputs.slice(1, 1 + S)
  stateInputs.forEach((first, k) => {
    copyBytes(stateRows[k], first.address(), N * rowBytes[k])
    const skipped = (sizes[0] ?? 0) * rowBytes[k]
    const last = y.address() + states[k].last * bytes
    copyBytes(last + skipped, first.address() + skipped, N * rowBytes[k] - skipped)
  })

  const places = new Places(call)
  places.setSources(call, x, outside, saved, passing)
  const statePlaces = places.states(call, states, stateRows)
  /** The products in the loop, by levels. */
  const inLoop = lowered.loops.map((loop) =>
    loop.map((i) => {
      const { input, operand, width, isOnto } = products[i]
      const bias = biases[i]?.address() ?? 0
      return {
        from: places.rows[input],
        to: places.rows[operand],
        multiply: times[i] as PreparedProduct,
        bias,
        width,
        add: isOnto || bias !== 0 ? 1 : 0,
      }
    }),
  )
  const ys = y.address()
  for (const { n, at, before, ended } of stepsOf(sizes, N)) {
    places.moveTo(at)
    moveStates(statePlaces, before, N + at)
    for (let level = 0; level < plan.levels; level++) {
      for (const { from, to, multiply, bias, width, add } of inLoop[level]) {
        if (bias !== 0) repeatRow(bytes as 4 | 8, to.at, bias, n, width)
        multiply(to.at, from.at, n, add)
      }
      programs[level]?.(places.rows, n)
    }
    if (ended === 0) continue
    for (let k = 0; k < S; k++) {
      const firstEnded = (n - ended) * rowBytes[k]
      const to = ys + states[k].last * bytes + firstEnded
      copyBytes(to, statePlaces.after[k].at + firstEnded, ended * rowBytes[k])
    }
  }

  for (const t of passing) if (t !== null) discard(t.storage)
  for (const one of packings) if (one !== null) discard(one.room.storage)
  for (const block of blocks) if (block !== null) discard(block.storage)
  if (distinctRows !== null) discard(distinctRows.storage)
  const out = record(ruleFor(name), inputs, { name, lowered, sizes, every, masks, saved }, y)
  const kept: Tensor[] = [...saved.factors, ...saved.own]
  for (const t of saved.products) if (t !== null) kept.push(t)
  for (const t of saved.states) if (t !== null) kept.push(t)
  if (repeats !== null) kept.push(repeats.first, repeats.rowOf)
  if (out.node === null) for (const t of kept) discard(t.storage)
  else freeWithGraph(out, kept)
  return out
}

/**
 * The bias that each product begins with: that of a product onto others begins those, and is added
 * to their own.
 */
function biasesOf({ products }: Plan, outside: readonly Tensor[]): (Tensor | null)[] {
  const biases = products.map(({ bias }) => (bias === null ? null : outside[bias]))
  products.forEach(({ operand, isOnto }, i) => {
    const bias = biases[i]
    if (!isOnto || bias === null) return
    const base = products.findIndex((one) => one.operand === operand)
    biases[base] = noGrad(() => biases[base]?.add(bias)) ?? bias
    biases[i] = null
  })
  return biases
}

/** Whether the product with equal rows of x can be computed once for all of them. */
function canShare({ plan: { products }, operands, readsX }: Lowered): boolean {
  const [first, ...others] = products
  const isAlone = others.every(
    ({ level, weight, bias }) =>
      level > 0 && weight !== first.weight && (bias === null || bias !== first.bias),
  )
  return (
    first?.level === 0 && first.transposed && isAlone && !readsX && operands.dVectors.size === 0
  )
}
