// A recurrence over whole sequences as one op: products over all steps, and at every step products
// with packed weights and the step's programs. The definition is compose.ts.

import { type Rule, recording } from '../../autograd/index.ts'
import type { PreparedProduct } from '../../kernels/blas/product.ts'
import { copyBytes, repeatRow } from '../../kernels/copy.ts'
import { byteKernels } from '../../kernels/engine.ts'
import { result } from '../core/blank.ts'
import { BYTES, type FloatDType } from '../core/dtype.ts'
import { freeWithGraph } from '../core/lifetime.ts'
import { discard } from '../core/scopes.ts'
import type { Tensor } from '../core/tensor.ts'
import { distinct, record } from '../define/record.ts'
import { affineInto, multiplyInto } from '../ops/matmul.ts'
import type { Lowered } from '../programs/lowered.ts'
import type { PlannedProduct } from '../programs/plan.ts'
import { addressOf } from '../programs/rows.ts'
import { grad } from '../transforms/gradient.ts'
import { noGrad } from '../transforms/recording.ts'
import { backward } from './backward.ts'
import { type Attributes, codesOf, packing, type SequenceCall } from './call.ts'
import { compose } from './compose.ts'
import { layoutOf } from './layout.ts'
import { offsetBefore, type Saved } from './places.ts'
import { type LookUp, projectDistinct, repeatsOf } from './repeats.ts'

const makeRule = (name: string): Rule<Tensor, Attributes> => ({
  name,
  isNamedByCaller: true,
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
const rules = new Map<string, Rule<Tensor>>()

function ruleFor(name: string): Rule<Tensor, Attributes> {
  const rule = rules.get(name) ?? (makeRule(name) as Rule<Tensor>)
  rules.set(name, rule)
  return rule as Rule<Tensor, Attributes>
}

/** Whether a rule is that of a recurrence over sequences. */
export const isSequence = (rule: Rule<Tensor>): boolean => rules.get(rule.name) === rule

/**
 * The result of a recorded call by its definition, in recorded ops; null where the rule is that of
 * another op.
 */
export const composed = (
  rule: Rule<Tensor>,
  inputs: readonly Tensor[],
  attrs: unknown,
): Tensor | null => (isSequence(rule) ? compose(attrs as Attributes, inputs) : null)

/**
 * Runs a step over packed sequences, the longest first. `lookUp` tells which rows of x are equal.
 * The result is one vector, laid out as `layoutOf` says.
 */
export function sequence(
  inputs: readonly Tensor[],
  call: SequenceCall,
  lookUp: LookUp | null,
): Tensor {
  const { name, lowered, places, sizes, every, masks } = call
  const { plan, operands } = lowered
  const { dtype, products, sources } = plan
  const S = plan.after.length
  const [x] = inputs
  const outside = inputs.slice(1 + S)
  const [R] = x.shape
  const [N] = inputs[1].shape
  const bytes = BYTES[dtype]
  const make = (...shape: number[]): Tensor => result(shape, dtype, name)
  const biasOf = ({ bias }: PlannedProduct): Tensor | null => (bias === null ? null : outside[bias])
  const repeats = canShare(lowered) && lookUp !== null ? repeatsOf(lookUp) : null
  const distinctRows =
    repeats === null
      ? null
      : noGrad(() => projectDistinct(x, outside[products[0].weight], biasOf(products[0]), repeats))
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
  const codes = codesOf(lowered.forward)

  // From here on nothing is allocated.
  const times = packings.map((one) => one?.pack())
  for (const t of inputs) t.address()
  for (const { mask } of masks) mask.address()
  products.forEach((one, i) => {
    const rows = saved.products[i]
    if (rows === null) return
    if (distinctRows !== null && repeats !== null) {
      const row = one.width * bytes
      const { rowOf } = repeats
      byteKernels.copyRows(rows.address(), distinctRows.address(), rowOf.address(), R, row)
    } else project(rows, x, outside[one.weight], biasOf(one), one.transposed)
  })

  /** The address of row 0 of each state's rows: the first N, and those after every step. */
  const ys = y.address()
  const origins = states.map(({ rows }, k) =>
    rows === null ? (saved.states[k] as Tensor).address() : ys + rows * bytes,
  )
  const rowBytes = states.map(({ width }) => width * bytes)
  const lasts = states.map(({ last }) => ys + last * bytes)
  for (let k = 0; k < S; k++) {
    const first = inputs[1 + k].address()
    copyBytes(origins[k], first, N * rowBytes[k])
    const skipped = (sizes[0] ?? 0) * rowBytes[k]
    copyBytes(lasts[k] + skipped, first + skipped, N * rowBytes[k] - skipped)
  }
  places.setSources(x, masks, outside, saved, passing)
  places.setStates(states, origins, N)
  places.tell(codes)
  const biases = products.map((one) => biasOf(one)?.address() ?? 0)
  let at = 0
  for (let t = 0; t < sizes.length; t++) {
    const n = sizes[t]
    if (places.moveBefore(offsetBefore(sizes, t, N))) places.tell(codes)
    for (let level = 0; level < codes.length; level++) {
      for (const i of lowered.loops[level]) {
        const { from, to } = places.products[i]
        const bias = biases[i]
        const z = addressOf(to, at)
        if (bias !== 0) repeatRow(bytes as 4 | 8, z, bias, n, products[i].width)
        const multiply = times[i] as PreparedProduct
        multiply(z, addressOf(from, at), n, products[i].isOnto || bias !== 0 ? 1 : 0)
      }
      codes[level]?.run(n, at)
    }
    const staying = sizes[t + 1] ?? 0
    if (staying < n)
      for (let k = 0; k < S; k++) {
        const from = places.stateAfter(k, at) + staying * rowBytes[k]
        copyBytes(lasts[k] + staying * rowBytes[k], from, (n - staying) * rowBytes[k])
      }
    at += n
  }

  for (const t of passing) if (t !== null) discard(t.storage)
  for (const one of packings) if (one?.room) discard(one.room.storage)
  if (distinctRows !== null) discard(distinctRows.storage)
  const out = record(
    ruleFor(name),
    inputs,
    { name, lowered, places, sizes, every, masks, saved },
    y,
  )
  const kept: Tensor[] = [...saved.factors, ...saved.own]
  for (const t of saved.products) if (t !== null) kept.push(t)
  for (const t of saved.states) if (t !== null) kept.push(t)
  if (repeats !== null) kept.push(repeats.first, repeats.rowOf)
  if (out.node === null) for (const t of kept) discard(t.storage)
  else freeWithGraph(out, kept)
  return out
}

/** Rows of x·weight, or x·weightᵀ, plus the bias. */
function project(
  rows: Tensor,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  transposed: boolean,
): void {
  const [R, width] = rows.shape
  const dtype = rows.dtype as FloatDType
  const b = bias === null ? null : bias.address()
  if (transposed) {
    affineInto(dtype, rows.address(), x.address(), weight.address(), b, R, width, x.shape[1])
    return
  }
  if (b !== null) repeatRow(BYTES[dtype] as 4 | 8, rows.address(), b, R, width)
  multiplyInto(rows, x, weight, b === null ? 0 : 1)
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
