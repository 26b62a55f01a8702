// A recurrence over whole sequences as one op with fused kernels. It is an optimisation: the
// definition is `compose`, which the layers write with recorded primitives.

import { type Rule, recording, type VjpCall } from '../../autograd/index.ts'
import { product } from '../../kernels/blas/product.ts'
import { copyBytes } from '../../kernels/copy.ts'
import { byteKernels, type FloatKernels, type Ptr } from '../../kernels/engine.ts'
import { result } from '../core/blank.ts'
import { BYTES, type FloatDType } from '../core/dtype.ts'
import { kernelsOf } from '../core/kernels.ts'
import { freeWithGraph } from '../core/lifetime.ts'
import { discard } from '../core/scopes.ts'
import type { Tensor } from '../core/tensor.ts'
import { distinct, record } from '../define/record.ts'
import { grad } from '../transforms/gradient.ts'
import { noGrad } from '../transforms/recording.ts'
import { zeros } from './creation.ts'
import { affineInto, withWeight } from './matmul.ts'
import {
  distinctBackward,
  type LookUp,
  projectDistinct,
  type Repeats,
  repeatsOf,
} from './repeats.ts'

/**
 * The definition: it computes the same result from the same inputs by recorded primitives. Its
 * derivative is used where the backward pass is itself recorded.
 */
export type Compose = (inputs: readonly Tensor[]) => Tensor

/**
 * The kernels of a recurrence. `forward` computes the next state from a step's z (N, gates·H);
 * `backward` computes dz from the cotangents of the next state, and updates dc in place.
 */
interface StepKernels {
  name: string
  gates: number
  /**
   * Whether the cell has a second state, c. The kernel then overwrites z with the gates, which are
   * saved for backward. Without c, z is stored in the place of h.
   */
  carries: boolean
  forward(k: FloatKernels, N: number, H: number, z: Ptr, hNext: Ptr, c: Ptr, cNext: Ptr): void
  backward(
    k: FloatKernels,
    N: number,
    H: number,
    dz: Ptr,
    dh: Ptr,
    dc: Ptr,
    h: Ptr,
    gates: Ptr,
    c: Ptr,
    cNext: Ptr,
  ): void
}

const rnn: StepKernels = {
  name: 'rnn',
  gates: 1,
  carries: false,
  forward: (k, N, H, z, h) => k.tanh(h, z, N * H),
  backward: (k, N, H, dz, dh, _, h) => k.tanhGrad(dz, dh, h, N * H),
}

const lstm: StepKernels = {
  name: 'lstm',
  gates: 4,
  carries: true,
  forward: (k, N, H, z, h, c, cNext) => k.lstmForward(z, c, cNext, h, N, H),
  backward: (k, N, H, dz, dh, dc, _, gates, c, cNext) =>
    k.lstmBackward(dz, dc, dh, gates, c, cNext, N, H),
}

interface Attributes {
  /** The number of sequences in each step. */
  sizes: readonly number[]
  compose: Compose
  /** The gates of every step, and c before the first and after every step; empty without c. */
  saved: readonly Tensor[]
  /** The distinct rows of x; null where each row is multiplied. */
  repeats: Repeats | null
}

/**
 * The rows of one step in packed sequences: `n` rows of x from row `at` on. The state before the
 * step stands in y from row `before` on. The last `ended` sequences end after this step.
 */
interface StepLayout {
  n: number
  at: number
  before: number
  ended: number
}

/**
 * How many rows of dz are multiplied into the gradients together. They are still in the cache then,
 * and dz is never stored as a whole.
 */
const BLOCK_ROWS = 256

function stepsOf(sizes: readonly number[], N: number): StepLayout[] {
  let at = 0
  return sizes.map((n, t) => {
    const before = t === 0 ? 0 : N + at - sizes[t - 1]
    const step = { n, at, before, ended: n - (sizes[t + 1] ?? 0) }
    at += n
    return step
  })
}

/** Runs a cell over packed sequences. `lookUp` tells which rows of x are equal. */
type SequenceOp = (
  inputs: readonly Tensor[],
  sizes: readonly number[],
  compose: Compose,
  lookUp: LookUp | null,
) => Tensor

/**
 * The op of a cell over packed sequences, the longest first. Step t has the first `sizes[t]` of N
 * sequences, and its rows follow those of step t − 1. Inputs: x (Σ sizes, D), weight_ih (gates·H,
 * D), weight_hh (gates·H, H), the first h (N, H), the first c (N, H) if the cell has one, and an
 * optional bias (gates·H). The rows of the result y (…, H): the first h (N), h after every step
 * (Σ sizes), each sequence's last h (N), and its last c (N). Step t computes z = x[t]·weight_ihᵀ +
 * bias + h·weight_hhᵀ and applies the cell. The part without h is one product over all steps. Where
 * x was looked up in a table, that product has only the distinct rows of x.
 */
// @__NO_SIDE_EFFECTS__
function sequence(cell: StepKernels): SequenceOp {
  const BIAS = cell.carries ? 5 : 4
  const rule: Rule<Tensor, Attributes> = {
    name: cell.name,
    vjp(g, call) {
      if (!recording) return fusedVjp(g, call)
      const { inputs, attrs, needsGrad } = call
      const separate = distinct(inputs)
      const targets = separate.filter((_, i) => needsGrad[i])
      const y = attrs.compose(separate)
      const cotangents = grad(y, targets, { gradOutputs: g, createGraph: true })
      return needsGrad.map((needed) => (needed ? (cotangents.shift() as Tensor) : null))
    },
    replay: (inputs, { sizes, compose }) => run(inputs, sizes, compose, null),
  }

  const run: SequenceOp = (inputs, sizes, compose, lookUp) => {
    const [x, weightIn, weight, h0, c0] = inputs
    const bias = inputs[BIAS]
    const dtype = x.dtype as FloatDType
    const [total, D] = x.shape
    const [N, H] = h0.shape
    const make = (...shape: number[]): Tensor => result(shape, dtype, cell.name)
    const repeats = lookUp === null ? null : repeatsOf(lookUp)
    const zDistinct =
      repeats === null ? null : noGrad(() => projectDistinct(x, weightIn, bias, repeats))
    const y = make(total + (cell.carries ? 3 : 2) * N, H)
    const saved = cell.carries ? [make(total, cell.gates * H), make(N + total, H)] : []
    const k = kernelsOf(x)
    const row = H * BYTES[dtype]
    withWeight(weight, N, true, (times) => {
      const ys = y.address()
      const zs = cell.carries ? saved[0].address() : ys + N * row
      const cs = cell.carries ? saved[1].address() : 0
      const zRow = cell.gates * row
      if (repeats === null || zDistinct === null) {
        const b = bias === undefined ? null : bias.address()
        affineInto(dtype, zs, x.address(), weightIn.address(), b, total, cell.gates * H, D)
      } else byteKernels.copyRows(zs, zDistinct.address(), repeats.rowOf.address(), total, zRow)
      copyBytes(ys, h0.address(), N * row)
      if (cell.carries) copyBytes(cs, c0.address(), N * row)
      for (const { n, at, before, ended } of stepsOf(sizes, N)) {
        const after = (N + at) * row
        const z = zs + at * zRow
        times(z, ys + before * row, n, 1)
        cell.forward(k, n, H, z, ys + after, cs + before * row, cs + after)
        const firstEnded = (n - ended) * row
        const lastH = ys + (N + total) * row + firstEnded
        copyBytes(lastH, ys + after + firstEnded, ended * row)
        if (cell.carries) copyBytes(lastH + N * row, cs + after + firstEnded, ended * row)
      }
    })
    if (zDistinct !== null) discard(zDistinct.storage)
    const out = record(rule, inputs, { sizes, compose, saved, repeats }, y)
    const forBackward = repeats === null ? saved : [...saved, repeats.first, repeats.rowOf]
    if (out.node === null) for (const t of forBackward) discard(t.storage)
    else freeWithGraph(out, forBackward)
    return out
  }

  function fusedVjp(
    g: Tensor,
    { inputs, y, attrs, needsGrad, isObserved }: VjpCall<Tensor, Attributes>,
  ): readonly (Tensor | null)[] {
    const { sizes, saved, repeats } = attrs
    const [x, weightIn, weight, h0] = inputs
    const dtype = x.dtype as FloatDType
    const [total, D] = x.shape
    const [G, H] = weight.shape
    const N = h0.shape[0]
    const make = (...shape: number[]): Tensor => result(shape, dtype, cell.name)
    const capacity = Math.min(total, Math.max(N, BLOCK_ROWS))
    const [dz, dh, dc] = [make(capacity, G), make(N, H), make(N, H)]
    const sums = repeats === null ? null : zeros([repeats.first.size, G], { dtype })
    /** Gradients that are computed from every row of dz; others use its sums over equal x. */
    const fromRows = needsGrad.map((needed, i) => {
      if (!needed || repeats === null || i === 2) return needed
      return i === 0 && isObserved(repeats.picked)
    })
    const [dx, dWeightIn, dWeight, dBias] = [0, 1, 2, BIAS].map((i) =>
      fromRows[i] ? make(...inputs[i].shape) : null,
    )
    // Where no sequence ends early, y begins with h before every step.
    const hBefore = total === N * sizes.length ? y : make(total, H)
    const k = kernelsOf(x)
    const bytes = BYTES[dtype]
    const row = H * bytes
    withWeight(weight, N, false, (times) => {
      const [dy, ys, hs] = [g.address(), y.address(), hBefore.address()]
      const [dhs, dcs] = [dh.address(), dc.address()]
      const gates = cell.carries ? saved[0].address() : 0
      const cs = cell.carries ? saved[1].address() : 0
      const [xs, w] = [x.address(), weightIn.address()]
      const dzEnd = dz.address() + capacity * G * bytes
      /** Multiplies the rows `at` to `end` of dz, stored at `dzs`, into the gradients. */
      const propagate = (dzs: Ptr, at: number, end: number): void => {
        const rows = end - at
        // The last rows come first and overwrite; the others add.
        const accumulate = Number(end < total)
        const multiply = (out: Ptr, b: Ptr, n: number) =>
          product({ dtype, out, a: dzs, b, m: rows, n, k: G, transA: 0, transB: 0, accumulate: 0 })
        const multiplyTransposed = (out: Ptr, b: Ptr, n: number) =>
          product({ dtype, out, a: dzs, b, m: G, n, k: rows, transA: 1, transB: 0, accumulate })
        if (sums !== null && repeats !== null)
          k.scatterAddRows(sums.address(), dzs, repeats.rowOf.address() + 4 * at, rows, G)
        if (dx !== null) multiply(dx.address() + at * D * bytes, w, D)
        if (dWeightIn !== null) multiplyTransposed(dWeightIn.address(), xs + at * D * bytes, D)
        if (dWeight !== null) multiplyTransposed(dWeight.address(), hs + at * row, H)
        if (dBias !== null) k.sum(dBias.address(), dzs, 1, rows, G, accumulate)
      }
      const addToDh = (from: Ptr, n: number): void => k.add(dhs, dhs, from, 1, n * H, 0, 1, 0, 1)
      copyBytes(dhs, dy + (N + total) * row, N * row)
      if (cell.carries) copyBytes(dcs, dy + (N + total + N) * row, N * row)
      let end = total
      for (const { n, at, before } of stepsOf(sizes, N).reverse()) {
        const after = (N + at) * row
        const dzStep = dzEnd - (end - at) * G * bytes
        addToDh(dy + after, n)
        const gatesStep = gates + at * G * bytes
        const cBefore = cs + before * row
        cell.backward(k, n, H, dzStep, dhs, dcs, ys + after, gatesStep, cBefore, cs + after)
        if (at > 0 || needsGrad[3]) times(dhs, dzStep, n, 0)
        if (hBefore !== y) copyBytes(hs + at * row, ys + before * row, n * row)
        if (at > 0 && end - at + N <= capacity) continue
        propagate(dzStep, at, end)
        end = at
      }
      addToDh(dy, N)
    })
    const dStates = cell.carries ? [dh, dc] : [dh]
    if (sums === null || repeats === null) return [dx, dWeightIn, dWeight, ...dStates, dBias]
    const needed = [needsGrad[0] && dx === null, needsGrad[1], needsGrad[BIAS]]
    const [dxSums, ...dSums] = distinctBackward(sums, x, weightIn, repeats, needed)
    return [dx ?? dxSums, dSums[0], dWeight, ...dStates, dSums[1]]
  }
  return run
}

/** Elman's recurrence: gates·H = H. */
export const rnnSequence = sequence(rnn)

/** The LSTM: gates·H = 4H, in the order i, f, g, o. */
export const lstmSequence = sequence(lstm)
