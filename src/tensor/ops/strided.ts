// Reading a tensor with an offset and strides: a view where what is read lies side by side in
// order, a copy elsewhere, and the derivative that puts cotangents back. The ops themselves are
// shape.ts.

import type { Rule, Use } from '../../autograd/index.ts'
import { byteKernels } from '../../kernels/engine.ts'
import { result } from '../core/blank.ts'
import { BYTES, isFloat, requireFloat } from '../core/dtype.ts'
import { kernelsOf } from '../core/kernels.ts'
import {
  isContiguous,
  lastSwapped,
  mergeLoops,
  outerLoops,
  type Shape,
  sameShape,
  sizeOf,
  stridesOf,
} from '../core/shape.ts'
import { requireTensor, Tensor } from '../core/tensor.ts'
import { defineOp } from '../define/op.ts'
import { record } from '../define/record.ts'

/**
 * Element (i, j, …) of the result is element offset + i·strides[0] + j·strides[1] + … of the input.
 */
export interface StridedView {
  shape: Shape
  offset: number
  strides: readonly number[]
}

/** Copies or adds between two tensors' memory, both walked with strides. */
function move(
  kernel: 'copy' | 'add',
  shape: Shape,
  dtype: Tensor['dtype'],
  to: number,
  toStrides: readonly number[],
  from: number,
  fromStrides: readonly number[],
): void {
  const bytes = BYTES[dtype] as 1 | 4 | 8
  const loops = mergeLoops(shape, [toStrides, fromStrides], 4)
  const [n0, n1, n2, n3] = loops.sizes.slice(-4)
  const [[d0, d1, d2, d3], [s0, s1, s2, s3]] = loops.strides.map((list) => list.slice(-4))
  outerLoops(loops, 4, ([toAt, fromAt]) => {
    const [dst, src] = [to + toAt * bytes, from + fromAt * bytes]
    if (kernel === 'copy')
      byteKernels.copyStrided(bytes, dst, src, n0, n1, n2, n3, d0, d1, d2, d3, s0, s1, s2, s3)
    else if (isFloat(dtype))
      kernelsOf({ dtype }).addStrided(dst, src, n0, n1, n2, n3, d0, d1, d2, d3, s0, s1, s2, s3)
  })
}

interface Options {
  /** A derivative that is simpler than the scatter. */
  vjp?: (g: Tensor, x: Tensor) => Tensor
  /** The part that is read, in a word. */
  describe?: (read: StridedView, inputs: readonly Tensor[]) => string
}

/**
 * An op that reads with strides. Its derivative places the cotangent back where it was read (added
 * up where a place was read twice).
 */
export function asStrided(
  name: string,
  { vjp, describe }: Options = {},
): (x: Tensor, read: StridedView) => Tensor {
  const rule: Rule<Tensor, StridedView> = {
    name,
    vjp: (g, { inputs: [x], attrs: read }) => {
      if (vjp !== undefined) return [vjp(g, x)]
      return [isWhole(read, x) ? g : asStridedScatter([g], { reads: [read], shape: x.shape })]
    },
    ...(vjp === undefined ? { together: scatterAll } : {}),
    ...(describe === undefined ? {} : { describe }),
    addInto: (sum, _, g, { attrs: { shape, offset, strides } }) => {
      const [to, from] = [sum.address(), g.address()]
      move('add', shape, g.dtype, to + offset * BYTES[g.dtype], strides, from, stridesOf(shape))
    },
    replay: ([x], read) => call(x, read),
  }
  const call = (x: Tensor, read: StridedView): Tensor => {
    requireTensor(name, x)
    const { shape, offset, strides } = read
    const bytes = BYTES[x.dtype]
    const whole = isWhole(read, x)
    if (whole || (!x.transposed && isContiguous(shape, strides))) {
      const { storage, byteOffset, dtype } = x
      const at = sizeOf(shape) === 0 ? 0 : offset * bytes // Nothing may lie behind the end.
      const view = new Tensor(storage, byteOffset + at, shape, dtype, whole && x.transposed)
      return record(rule, [x], read, view)
    }
    const out = result(shape, x.dtype, name)
    out.storage.copied = true
    const [to, from] = [out.address(), x.address()]
    move('copy', shape, x.dtype, to, stridesOf(shape), from + offset * bytes, strides)
    return record(rule, [x], read, out)
  }
  return call
}

/**
 * Zeros of `shape`, with each input added where its read would read it: the transpose of several
 * readings.
 */
const asStridedScatter = defineOp<{ reads: readonly StridedView[]; shape: Shape }>({
  name: 'asStridedScatter',
  shape: (_, { shape }) => shape,
  forward: (out, gs, { reads }) => {
    requireFloat('asStridedScatter', out.dtype)
    kernelsOf(out).fill(out.ptr, out.size, 0)
    reads.forEach(({ shape, offset, strides }, i) => {
      const [to, from] = [out.ptr + offset * BYTES[out.dtype], gs[i].ptr]
      move('add', shape, out.dtype, to, strides, from, stridesOf(shape))
    })
  },
  vjp: (h, { attrs: { reads }, needsGrad }) =>
    reads.map((read, i) => (needsGrad[i] ? readBack(h, read) : null)),
})

/**
 * The cotangent of what was read several times. Placed one by one, T slices of T rows would take T²
 * of memory.
 */
function scatterAll(uses: readonly Use<Tensor, StridedView>[], { shape }: Tensor): Tensor {
  const reads = uses.map(({ attrs }) => attrs)
  return asStridedScatter(
    uses.map(({ g }) => g),
    { reads, shape },
  )
}

/**
 * Whether all of x is read as it is. The result is a tensor of its own all the same: whether it has
 * a gradient of its own must not depend on how large x is.
 */
const isWhole = ({ shape, offset, strides }: StridedView, x: Tensor): boolean =>
  offset === 0 && sameShape(shape, x.shape) && isContiguous(shape, strides)

export const wholeOf = ({ shape }: Tensor): StridedView => ({
  shape,
  offset: 0,
  strides: stridesOf(shape),
})

const readBack = asStrided('read')

/** The last two axes change places: only the tensor's reading of its storage does. */
const swapRule: Rule<Tensor, undefined> = {
  name: 't',
  vjp: (g) => [swapLast(g)],
  addInto: (sum, _, g) => {
    const [to, from] = [sum.address(), g.address()]
    move('add', sum.shape, g.dtype, to, stridesOf(sum.shape), from, lastSwapped(stridesOf(g.shape)))
  },
  replay: ([x]) => swapLast(x),
}
export function swapLast(x: Tensor): Tensor {
  requireTensor('t', x)
  return record(
    swapRule,
    [x],
    undefined,
    new Tensor(x.storage, x.byteOffset, lastSwapped(x.shape), x.dtype, !x.transposed),
  )
}

/** `[:, 5:10]`: the part of the one axis that is not read in full, as Python writes it. */
export function part(
  { shape, offset, strides }: StridedView,
  [x]: readonly (Tensor | undefined)[],
): string {
  if (x === undefined) return '' // A backward pass has released it.
  const from = x.shape
  const own = stridesOf(from)
  const differs = (_: number, i: number): boolean => shape[i] !== from[i] || strides[i] !== own[i]
  const axis = from.findIndex(differs)
  const start = offset / own[axis]
  if (!Number.isInteger(start)) return '' // The tensor is empty.
  const step = strides[axis] / own[axis]
  const end = start + (shape[axis] - 1) * step + 1
  const bounds =
    shape.length < from.length ? start : `${start}:${end}${step === 1 ? '' : `:${step}`}`
  return `[${':, '.repeat(axis)}${bounds}]`
}
