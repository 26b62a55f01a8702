// Whole sequences of a recurrence as one op: what the layers define as a fold of primitives, run by fused kernels. An optimisation: `compose` is the definition.

import { type Rule, recording } from '../../autograd/index.ts'
import { byteKernels, type FloatKernels, floatKernels, type Ptr } from '../../kernels/engine.ts'
import { prepare, preparedLength, product } from '../../kernels/product.ts'
import { BYTES, type FloatDType } from '../dtype.ts'
import { grad } from '../gradient.ts'
import { attach, discard, unscoped } from '../lifetime.ts'
import { record } from '../op.ts'
import { blank, type Tensor } from '../tensor.ts'

/** The same result from the same inputs by recorded primitives; its derivative is used wherever the walk is itself recorded. */
export type Compose = (inputs: readonly Tensor[]) => Tensor

/** A recurrence as kernels: how a step's z (N, gates·H), already summed, gives the next state, and how its cotangents go back. */
interface Cell {
  name: string
  gates: number
  /** Tensors (T, N, …·H) kept for the way back, by their width in H; the first is where z is summed up (the output itself when there is none). */
  saved: readonly number[]
  /** Whether a second state, c, is carried. */
  carries: boolean
  forward(k: FloatKernels, N: number, H: number, z: Ptr, h: Ptr, saved: readonly Ptr[], c: Ptr, cNext: Ptr): void
  backward(k: FloatKernels, N: number, H: number, dz: Ptr, dh: Ptr, dc: Ptr, h: Ptr, saved: readonly Ptr[], c: Ptr): void
}

const elman: Cell = {
  name: 'rnn',
  gates: 1,
  saved: [],
  carries: false,
  forward: (k, N, H, z, h) => k.tanh(h, z, N * H),
  backward: (k, N, H, dz, dh, _, h) => k.tanhGrad(dz, dh, h, N * H),
}

const longShortTermMemory: Cell = {
  name: 'lstm',
  gates: 4,
  saved: [4, 1],
  carries: true,
  forward: (k, N, H, z, h, [, tanhC], c, cNext) => k.lstmForward(z, c, cNext, tanhC, h, N, H),
  backward: (k, N, H, dz, dh, dc, _, [gates, tanhC], c) => k.lstmBackward(dz, dc, dh, gates, c, tanhC, N, H),
}

interface Attributes {
  compose: Compose
  saved: readonly Tensor[]
}

const kernelsOf = (t: Tensor): FloatKernels => floatKernels[t.dtype as FloatDType]
const copy = (to: Ptr, from: Ptr, bytes: number): void => byteKernels.copyStrided(1, to, from, 1, 1, 1, bytes, 0, 0, 0, 1, 0, 0, 0, 1)

/**
 * The op of a cell: projected inputs zx (T, N, gates·H), weight_hh (gates·H, H) and the first state h (and c), each (N, H), give
 * y (T + 1, N, H), h before and after every step, and with c one row more, the last c. Step t is z = zx[t] + h·weight_hhᵀ and then the cell.
 */
function sequence(cell: Cell): (inputs: readonly Tensor[], compose: Compose) => Tensor {
  const carried = Number(cell.carries)
  const rule: Rule<Tensor, Attributes> = {
    name: cell.name,
    vjp(g, y, inputs, attrs, wanted) {
      if (recording) {
        const targets = inputs.filter((_, i) => wanted[i])
        const cotangents = grad(attrs.compose(inputs), targets, { gradOutputs: g, createGraph: true })
        return wanted.map((yes) => (yes ? (cotangents.shift() as Tensor) : null))
      }
      return walkBack(g, y, inputs, attrs.saved)
    },
  }

  function run(inputs: readonly Tensor[], compose: Compose): Tensor {
    const [zx, weight, h0, c0] = inputs
    const [T, N, G] = zx.shape
    const H = G / cell.gates
    const make = (...shape: number[]): Tensor => blank(shape, zx.dtype, cell.name, false)
    const y = make(T + 1 + carried, N, H)
    const saved = cell.saved.map((width) => make(T, N, width * H))
    const c = cell.carries ? make(T + 1, N, H) : null
    const k = kernelsOf(zx)
    const row = N * H * BYTES[zx.dtype]
    withWeight(weight, N, true, (times) => {
      const [from, to, cs, keep] = [zx.ptr, y.ptr, c?.ptr ?? 0, saved.map((t) => t.ptr)]
      copy(to, h0.ptr, row)
      if (c !== null) copy(cs, c0.ptr, row)
      for (let t = 0; t < T; t++) {
        const h = to + (t + 1) * row
        const here = cell.saved.map((width, i) => keep[i] + t * width * row)
        const z = here[0] ?? h
        copy(z, from + t * cell.gates * row, cell.gates * row)
        times(z, h - row)
        cell.forward(k, N, H, z, h, here, cs + t * row, cs + (t + 1) * row)
      }
      if (c !== null) copy(to + (T + 1) * row, cs + T * row, row)
    })
    const all = c === null ? saved : [...saved, c]
    const out = record(rule, inputs, { compose, saved: all }, y)
    if (out.node === null) for (const t of all) discard(t)
    else attach(out, all)
    return out
  }

  function walkBack(g: Tensor, y: Tensor, [zx, weight]: readonly Tensor[], saved: readonly Tensor[]): readonly Tensor[] {
    const [T, N, G] = zx.shape
    const H = G / cell.gates
    const make = (...shape: number[]): Tensor => blank(shape, zx.dtype, cell.name, false)
    const [dz, dWeight, dh, dc] = [make(T, N, G), make(G, H), make(N, H), make(N, H)]
    const k = kernelsOf(zx)
    const row = N * H * BYTES[zx.dtype]
    withWeight(weight, N, false, (times) => {
      const [dy, ys, dzs, dhs, dcs, keep] = [g.ptr, y.ptr, dz.ptr, dh.ptr, dc.ptr, saved.map((t) => t.ptr)]
      if (cell.carries) copy(dcs, dy + (T + 1) * row, row)
      for (let t = T - 1; t >= 0; t--) {
        const here = cell.saved.map((width, i) => keep[i] + t * width * row)
        const dzHere = dzs + t * cell.gates * row
        copy(dhs, dy + (t + 1) * row, row)
        if (t < T - 1) times(dhs, dzHere + cell.gates * row)
        cell.backward(k, N, H, dzHere, dhs, dcs, ys + (t + 1) * row, here, (keep[cell.saved.length] ?? 0) + t * row)
      }
      copy(dhs, dy, row)
      times(dhs, dzs)
      product(zx.dtype as FloatDType, dWeight.ptr, dzs, ys, G, H, T * N, 1, 0, 0)
    })
    return [dz, dWeight, dh, dc]
  }
  return run
}

/** Elman's recurrence: inputs zx (T, N, H), weight_hh (H, H), h (N, H). */
export const rnnSequence = sequence(elman)

/** The LSTM: inputs zx (T, N, 4H) in the order i, f, g, o, weight_hh (4H, H), h and c (N, H). */
export const lstmSequence = sequence(longShortTermMemory)

/** Runs `body` with out (N, …) ← out + x · op(weight), weightᵀ when `transposed`, made ready once for all steps. */
function withWeight(weight: Tensor, N: number, transposed: boolean, body: (times: (out: Ptr, x: Ptr) => void) => void): void {
  const dtype = weight.dtype as FloatDType
  const [n, k] = transposed ? weight.shape : [...weight.shape].reverse()
  const room = unscoped(() => blank([preparedLength(dtype, N, n, k)], dtype, 'packed weights', true))
  try {
    const [to, from] = [room.ptr, weight.ptr]
    body(prepare(dtype, to, from, N, n, k, Number(transposed)))
  } finally {
    discard(room)
  }
}
