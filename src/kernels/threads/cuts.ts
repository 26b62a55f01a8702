// The places where a kernel's call can be cut into calls that together give the same bits: between
// elements, between rows, or between parts of a product. It runs nothing.

import type { ByteKernels, FloatKernels, Ptr } from '../interface.ts'

/** A call as `count` units: each run of them that begins at a multiple of `align` is a call too. */
export interface Cut {
  count: number
  align: number
  /** The estimated time of the whole call on one thread, in nanoseconds. */
  work: number
  /** The kernel for the parts, where it is another one. */
  by?: keyof FloatKernels
  /** An address in each operand that the call changes. */
  writes: readonly Ptr[]
  /** Cut even where one thread computes all parts: without cuts the bits might differ. */
  kept?: boolean
  /** The arguments for a run of units. */
  call(from: number, to: number): number[]
}

/** Makes of a kernel one whose large calls `split` computes in parts; numbers have `size` bytes. */
type Sharing<Kernel> = (serial: Kernel, split: (cut: Cut) => void, size: number) => Kernel
type Sharings<Kernels> = { readonly [K in keyof Kernels]?: Sharing<Kernels[K]> }

/**
 * Nanoseconds of work that are worth the hand-over of a part; smaller calls than two are not cut.
 */
export const WORTH = 8000
const LITTLE = 2 * WORTH

const cutAt =
  (align: number) =>
  (count: number, work: number, writes: readonly Ptr[], call: Cut['call']): Cut => ({
    count,
    align,
    work,
    writes,
    call,
  })
/** Elements are cut at multiples of 16, which lie at the same offset in a cache line. */
const elements = cutAt(16)
const rows = cutAt(1)

/**
 * The arguments of a part from those of the whole call. Argument `at` is the number of units; each
 * one in front of it is an address that moves by its step (bytes) with each unit.
 */
const moved =
  (args: readonly number[], at: number, ...steps: number[]): Cut['call'] =>
  (from, to) =>
    args.map((arg, i) => (i === at ? to - from : i < at ? arg + from * (steps[i] as number) : arg))

/** `cost`, here and below: nanoseconds per four bytes of the result. */
const unary =
  (cost: number): Sharing<FloatKernels['exp']> =>
  (serial, split, size) => {
    const each = (cost * size) / 4
    return (out, a, n) => {
      if (n * each < LITTLE) serial(out, a, n)
      else split(elements(n, n * each, [out], moved([out, a, n], 2, size, size)))
    }
  }

const gradient =
  (cost: number): Sharing<FloatKernels['tanhGrad']> =>
  (serial, split, size) => {
    const each = (cost * size) / 4
    return (out, g, y, n) => {
      if (n * each < LITTLE) serial(out, g, y, n)
      else split(elements(n, n * each, [out], moved([out, g, y, n], 3, size, size, size)))
    }
  }

const pair: Sharing<FloatKernels['add']> = (serial, split, size) => {
  const each = (0.11 * size) / 4
  return (out, a, b, outer, inner, aOuter, aInner, bOuter, bInner) => {
    const work = outer * inner * each
    if (work < LITTLE) return serial(out, a, b, outer, inner, aOuter, aInner, bOuter, bInner)
    const steps = [aOuter, aInner, bOuter, bInner]
    const [line, aLine, bLine] = [inner, aOuter, bOuter].map((n) => n * size)
    const args = [out, a, b, outer, inner, ...steps]
    if (outer > 1) split(rows(outer, work, [out], moved(args, 3, line, aLine, bLine)))
    else {
      const along = moved(args, 4, size, aInner * size, bInner * size, 0)
      split(elements(inner, work, [out], along))
    }
  }
}

const alongRows =
  (cost: number): Sharing<FloatKernels['softmax']> =>
  (serial, split, size) =>
  (out, a, n, cols) => {
    const row = cols * size
    const work = (n * row * cost) / 4
    if (work < LITTLE) serial(out, a, n, cols)
    else split(rows(n, work, [out], moved([out, a, n, cols], 2, row, row)))
  }

const gradientAlongRows =
  (cost: number): Sharing<FloatKernels['softmaxGrad']> =>
  (serial, split, size) =>
  (out, g, y, n, cols) => {
    const row = cols * size
    const work = (n * row * cost) / 4
    if (work < LITTLE) serial(out, g, y, n, cols)
    else split(rows(n, work, [out], moved([out, g, y, n, cols], 3, row, row, row)))
  }

/** Nanoseconds for a multiplication and an addition in four bytes. */
const MULTIPLY = 0.045

export const floatSharings: Sharings<FloatKernels> = {
  neg: unary(0.1),
  abs: unary(0.1),
  sign: unary(0.3),
  exp: unary(0.8),
  log: unary(1.5),
  sqrt: unary(0.5),
  reciprocal: unary(0.5),
  square: unary(0.1),
  tanh: unary(1),
  sigmoid: unary(0.9),
  relu: unary(0.1),
  tanhGrad: gradient(0.3),
  sigmoidGrad: gradient(0.3),
  reluGrad: gradient(0.3),
  add: pair,
  sub: pair,
  mul: pair,
  div: pair,
  maximum: pair,
  minimum: pair,
  softmax: alongRows(1.5),
  logSoftmax: alongRows(1.5),
  softmaxGrad: gradientAlongRows(0.5),
  logSoftmaxGrad: gradientAlongRows(1.5),
  crossEntropy: (serial, split, size) => (out, a, target, w, n, cols) => {
    const row = cols * size
    const work = (n * row * 1.2) / 4
    if (work < LITTLE) serial(out, a, target, w, n, cols)
    else split(rows(n, work, [out], moved([out, a, target, w, n, cols], 4, size, row, 4, size)))
  },
  crossEntropyGrad: (serial, split, size) => (out, g, a, target, w, n, cols) => {
    const row = cols * size
    const work = (n * row * 1.5) / 4
    if (work < LITTLE) return serial(out, g, a, target, w, n, cols)
    const call = moved([out, g, a, target, w, n, cols], 5, row, size, row, 4, size)
    split(rows(n, work, [out], call))
  },
  axpby: (serial, split, size) => (dst, src, n, a, b) => {
    const work = (n * size * 0.2) / 4
    if (work < LITTLE) serial(dst, src, n, a, b)
    else split(elements(n, work, [dst], moved([dst, src, n, a, b], 2, size, size)))
  },
  adam:
    (serial, split, size) =>
    (p, g, m, v, n, ...settings) => {
      const work = (n * size * 1) / 4
      if (work < LITTLE) return serial(p, g, m, v, n, ...settings)
      const call = moved([p, g, m, v, n, ...settings], 4, size, size, size, size)
      split(elements(n, work, [p, m, v], call))
    },
  sum: (serial, split, size) => (out, a, outer, n, inner, accumulate) => {
    const work = (outer * n * inner * size * 0.2) / 4
    if (work < LITTLE || outer * inner === 1) return serial(out, a, outer, n, inner, accumulate)
    const line = inner * size
    if (outer > 1) {
      const call = moved([out, a, outer, n, inner, accumulate], 2, line, n * line)
      return split(rows(outer, work, [out], call))
    }
    const call: Cut['call'] = (from, to) => [out, a, n, inner, accumulate, from, to]
    split({ ...elements(inner, work, [out], call), by: 'sumPart' })
  },
  matmul: (serial, split, size) => (out, a, b, m, n, k, transA, transB, accumulate) => {
    const work = (m * n * k * size * MULTIPLY) / 4
    if (work < LITTLE) return serial(out, a, b, m, n, k, transA, transB, accumulate)
    const args = [out, a, b, m, n, k, transA, transB, accumulate]
    // Each part packs the whole operand that is not cut, so the smaller one is not cut.
    const byRows = m > n
    const call: Cut['call'] = (from, to) =>
      byRows ? [...args, from, to, 0, n] : [...args, 0, m, from, to]
    split({ count: byRows ? m : n, align: 32, work, writes: [out], by: 'matmulPart', call })
  },
  matmulPacked: (serial, split, size) => (out, a, packed, m, n, k, transA, accumulate) => {
    const work = (m * n * k * size * MULTIPLY) / 4
    if (work < LITTLE) return serial(out, a, packed, m, n, k, transA, accumulate)
    const args = [out, a, packed, m, n, k, transA, accumulate]
    const call: Cut['call'] = (from, to) => [...args, 0, m, from, to]
    split({ count: n, align: 32, work, writes: [out], by: 'matmulPackedPart', call })
  },
  program:
    (serial, split) =>
    (...args) => {
      const [code, count, table, slots, slotBytes, own, from, to, ...rest] = args
      const [shift, width, block, work, writes] = rest
      if (work < LITTLE || own !== 0) return serial(...args)
      const call: Cut['call'] = (first, end) => [
        code,
        count,
        table,
        slots,
        slotBytes,
        0,
        from + first,
        from + end,
        shift,
        width,
        block,
      ]
      split({ ...rows(to - from, work, [], call), writes })
    },
}

export const byteSharings: Sharings<ByteKernels> = {
  copyRows: (serial, split) => (out, table, index, n, rowBytes) => {
    const work = n * rowBytes * 0.1
    if (work < LITTLE) serial(out, table, index, n, rowBytes)
    else split(rows(n, work, [out], moved([out, table, index, n, rowBytes], 3, rowBytes, 0, 4)))
  },
  /** Cut along the first axis of more than one element. */
  copyStrided:
    (serial, split) => (itemSize, dst, src, n0, n1, n2, n3, d0, d1, d2, d3, s0, s1, s2, s3) => {
      const work = n0 * n1 * n2 * n3 * itemSize * 0.1
      if (work < LITTLE)
        return serial(itemSize, dst, src, n0, n1, n2, n3, d0, d1, d2, d3, s0, s1, s2, s3)
      const strides = [d0, d1, d2, d3, s0, s1, s2, s3]
      const sizes = [n0, n1, n2, n3]
      const axis = n0 > 1 ? 0 : n1 > 1 ? 1 : n2 > 1 ? 2 : 3
      const [toStep, fromStep] = [strides[axis], strides[4 + axis]].map((n) => n * itemSize)
      const call: Cut['call'] = (from, to) => [
        itemSize,
        dst + from * toStep,
        src + from * fromStep,
        ...sizes.with(axis, to - from),
        ...strides,
      ]
      split({ count: sizes[axis] as number, align: axis === 3 ? 64 : 1, work, writes: [dst], call })
    },
}
