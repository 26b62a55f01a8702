// Whole sequences of a recurrence as one op: what the layers define as a fold of primitives, run by
// fused kernels. An optimisation: `compose` is the definition.

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
 * The same result from the same inputs by recorded primitives; its derivative is used wherever the
 * walk is itself recorded.
 */
export type Compose = (inputs: readonly Tensor[]) => Tensor

/**
 * A recurrence as kernels: how a step's z (N, gates·H), already summed, gives the next state, and
 * how its cotangents go back.
 */
interface Cell {
  name: string
  gates: number
  /**
   * Whether a second state, c, is carried. What becomes of z is then kept for the way back;
   * otherwise z stands where h will.
   */
  carries: boolean
  forward(k: FloatKernels, N: number, H: number, z: Ptr, h: Ptr, c: Ptr, cNext: Ptr): void
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

const rnn: Cell = {
  name: 'rnn',
  gates: 1,
  carries: false,
  forward: (k, N, H, z, h) => k.tanh(h, z, N * H),
  backward: (k, N, H, dz, dh, _, h) => k.tanhGrad(dz, dh, h, N * H),
}

const lstm: Cell = {
  name: 'lstm',
  gates: 4,
  carries: true,
  forward: (k, N, H, z, h, c, cNext) => k.lstmForward(z, c, cNext, h, N, H),
  backward: (k, N, H, dz, dh, dc, _, gates, c, cNext) =>
    k.lstmBackward(dz, dc, dh, gates, c, cNext, N, H),
}

interface Attributes {
  sizes: readonly number[]
  compose: Compose
  /**
   * The gates of every step, c before the first and after every step; nothing where no c is
   * carried.
   */
  saved: readonly Tensor[]
  /** Of the rows of x. */
  repeats: Repeats | null
}

/**
 * One step of packed sequences: n rows from row `at` on, after rows from `before` on in y; of them
 * the last `ended` go no further.
 */
interface Step {
  n: number
  at: number
  before: number
  ended: number
}

/**
 * Rows of dz that are multiplied out together: they are still near, and dz is never there as a
 * whole.
 */
const ROWS = 256

function stepsOf(sizes: readonly number[], N: number): Step[] {
  let at = 0
  return sizes.map((n, t) => {
    const step = {
      n,
      at,
      before: t === 0 ? 0 : N + at - sizes[t - 1],
      ended: n - (sizes[t + 1] ?? 0),
    }
    at += n
    return step
  })
}

/** Runs a cell over packed sequences; `compose` is asked for where its derivative is recorded. */
type Run = (
  inputs: readonly Tensor[],
  sizes: readonly number[],
  compose: Compose,
  lookUp: LookUp | null,
) => Tensor

/**
 * The op of a cell over packed sequences, the longest first: step t has the first `sizes[t]` of N
 * sequences, and its rows follow those of the step before. Inputs: x (Σ sizes, D), weight_ih
 * (gates·H, D), weight_hh (gates·H, H), the first state h (and c), each (N, H), and, where there is
 * one, a bias (gates·H). The result y: N rows of the first h, Σ sizes rows of h after every step, N
 * rows of each sequence's last h, and N of its last c. Step t is z = x[t]·weight_ihᵀ + bias +
 * h·weight_hhᵀ and then the cell; what does not depend on h is one product over all steps, or,
 * where x was looked up in a table, over its different rows alone.
 */
// @__NO_SIDE_EFFECTS__
function sequence(cell: Cell): Run {
  const BIAS = cell.carries ? 5 : 4
  const rule: Rule<Tensor, Attributes> = {
    name: cell.name,
    vjp(g, call) {
      if (!recording) return fusedVjp(g, call)
      const { inputs, attrs, needsGrad } = call
      const apart = distinct(inputs)
      const targets = apart.filter((_, i) => needsGrad[i])
      const cotangents = grad(attrs.compose(apart), targets, { gradOutputs: g, createGraph: true })
      return needsGrad.map((yes) => (yes ? (cotangents.shift() as Tensor) : null))
    },
    replay: (inputs, { sizes, compose }) => run(inputs, sizes, compose, null),
  }

  const run: Run = (inputs, sizes, compose, lookUp) => {
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
      const [xs, w, b] = [
        x.address(),
        weightIn.address(),
        bias === undefined ? null : bias.address(),
      ]
      const to = y.address()
      // A cell that carries no c has its gates in the place of h.
      let [zs, cs] = [to + N * row, 0]
      if (cell.carries) [zs, cs] = [saved[0].address(), saved[1].address()]
      if (repeats === null || zDistinct === null)
        affineInto(dtype, zs, xs, w, b, total, cell.gates * H, D)
      else
        byteKernels.copyRows(
          zs,
          zDistinct.address(),
          repeats.rowOf.address(),
          total,
          cell.gates * row,
        )
      copyBytes(to, h0.address(), N * row)
      if (cell.carries) copyBytes(cs, c0.address(), N * row)
      for (const { n, at, before, ended } of stepsOf(sizes, N)) {
        const after = (N + at) * row
        const z = zs + at * cell.gates * row
        times(z, to + before * row, n, 1)
        cell.forward(k, n, H, z, to + after, cs + before * row, cs + after)
        const left = (n - ended) * row
        const last = to + (N + total) * row + left
        copyBytes(last, to + after + left, ended * row)
        if (cell.carries) copyBytes(last + N * row, cs + after + left, ended * row)
      }
    })
    if (zDistinct !== null) discard(zDistinct.storage)
    const out = record(rule, inputs, { sizes, compose, saved, repeats }, y)
    const kept = repeats === null ? saved : [...saved, repeats.first, repeats.rowOf]
    if (out.node === null) for (const t of kept) discard(t.storage)
    else freeWithGraph(out, kept)
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
    const room = Math.min(total, Math.max(N, ROWS))
    const [dz, dh, dc] = [make(room, G), make(N, H), make(N, H)]
    const sums = repeats === null ? null : zeros([repeats.first.size, G], { dtype })
    /** Computed from the rows of dz themselves, not from the sums of equal ones. */
    const byRow = needsGrad.map(
      (yes, i) => yes && (repeats === null || (i === 0 && isObserved(repeats.picked)) || i === 2),
    )
    const [dx, dWeightIn, dWeight, , , dBias] = [0, 1, 2, 3, 4, BIAS].map((i) =>
      byRow[i] ? make(...inputs[i].shape) : null,
    )
    // Where no sequence ends early, h before every step is what y begins with.
    const hBefore = total === N * sizes.length ? y : make(total, H)
    const [k, bytes] = [kernelsOf(x), BYTES[dtype]]
    const row = H * bytes
    withWeight(weight, N, false, (times) => {
      const [dy, ys, dhs, dcs, hs] = [
        g.address(),
        y.address(),
        dh.address(),
        dc.address(),
        hBefore.address(),
      ]
      let [gates, cs] = [0, 0]
      if (cell.carries) [gates, cs] = [saved[0].address(), saved[1].address()]
      const [xs, w, dzEnd] = [x.address(), weightIn.address(), dz.address() + room * G * bytes]
      /** The rows of dz from `at` to `end` stand at the end of its room. */
      const spread = (dzs: Ptr, at: number, end: number): void => {
        const [rows, accumulate] = [end - at, Number(end < total)]
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
      const add = (from: Ptr, n: number): void => k.add(dhs, dhs, from, 1, n * H, 0, 1, 0, 1)
      copyBytes(dhs, dy + (N + total) * row, N * row)
      if (cell.carries) copyBytes(dcs, dy + (N + total + N) * row, N * row)
      let end = total
      for (const { n, at, before } of stepsOf(sizes, N).reverse()) {
        const after = (N + at) * row
        const dzHere = dzEnd - (end - at) * G * bytes
        add(dy + after, n)
        const [gatesHere, cHere] = [gates + at * G * bytes, cs + before * row]
        cell.backward(k, n, H, dzHere, dhs, dcs, ys + after, gatesHere, cHere, cs + after)
        if (at > 0 || needsGrad[3]) times(dhs, dzHere, n, 0)
        if (hBefore !== y) copyBytes(hs + at * row, ys + before * row, n * row)
        if (at > 0 && end - at + N <= room) continue
        spread(dzHere, at, end)
        end = at
      }
      add(dy, N)
    })
    const dStates = cell.carries ? [dh, dc] : [dh]
    if (sums === null || repeats === null) return [dx, dWeightIn, dWeight, ...dStates, dBias]
    const [dxOfDistinct, ...ofDistinct] = distinctBackward(sums, x, weightIn, repeats, [
      needsGrad[0] && dx === null,
      needsGrad[1],
      needsGrad[BIAS],
    ])
    return [dx ?? dxOfDistinct, ofDistinct[0], dWeight, ...dStates, ofDistinct[1]]
  }
  return run
}

/** Elman's recurrence: gates·H = H. */
export const rnnSequence = sequence(rnn)

/** The LSTM: gates·H = 4H, in the order i, f, g, o. */
export const lstmSequence = sequence(lstm)
