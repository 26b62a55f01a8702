// Ops that read a tensor with an offset and strides. The result is a view where its elements lie
// side by side in order, else a copy; the derivative adds cotangents back at the places that were
// read. The ops themselves are shape.ts.

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
import type { FormedRule } from '../define/form.ts'
import type { BuiltIn, BuiltInOp } from '../define/names.ts'
import { defineOp } from '../define/op.ts'
import { record } from '../define/record.ts'

/**
 * Element (i, j, …) of the result is element offset + i·strides[0] + j·strides[1] + … of the input.
 */
export interface StridedView {
  shape: Shape
  offset: number
  strides: readonly number[]
  /** The op's arguments, where they say more than the view does: what it reads at other sizes. */
  args?: readonly (number | Shape)[]
}

/** Copies or adds the elements at `from` to those at `to`; each side has strides of its own. */
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
  const [d0, d1, d2, d3] = loops.strides[0].slice(-4)
  const [s0, s1, s2, s3] = loops.strides[1].slice(-4)
  outerLoops(loops, 4, ([toOffset, fromOffset]) => {
    const dst = to + toOffset * bytes
    const src = from + fromOffset * bytes
    if (kernel === 'copy')
      byteKernels.copyStrided(bytes, dst, src, n0, n1, n2, n3, d0, d1, d2, d3, s0, s1, s2, s3)
    else if (isFloat(dtype))
      kernelsOf({ dtype }).addStrided(dst, src, n0, n1, n2, n3, d0, d1, d2, d3, s0, s1, s2, s3)
  })
}

interface Options {
  /** A derivative that is simpler than a scatter. */
  vjp?: (g: Tensor, x: Tensor) => Tensor
  /** The part that is read, as the tape shows it: `[:, 5:10]`. */
  describe?: (view: StridedView, inputs: readonly Tensor[]) => string
}

/**
 * Makes an op that reads with strides. Its derivative adds every element of the cotangent at the
 * place that was read.
 */
export function asStrided(
  name: BuiltInOp,
  { vjp, describe }: Options = {},
): (x: Tensor, view: StridedView) => Tensor {
  const rule: FormedRule<StridedView> = {
    name,
    form: 'strided',
    vjp: (g, { inputs: [x], attrs: view }) => {
      if (vjp !== undefined) return [vjp(g, x)]
      return [isWhole(view, x) ? g : asStridedScatter([g], { places: [view], shape: x.shape })]
    },
    ...(vjp === undefined ? { together: scatterAll } : {}),
    ...(describe === undefined ? {} : { describe }),
    addInto: (sum, _, g, { attrs: { shape, offset, strides } }) => {
      const [to, from] = [sum.address(), g.address()]
      move('add', shape, g.dtype, to + offset * BYTES[g.dtype], strides, from, stridesOf(shape))
    },
    replay: ([x], view) => call(x, view),
  }
  const call = (x: Tensor, view: StridedView): Tensor => {
    requireTensor(name, x)
    const { shape, offset, strides } = view
    const bytes = BYTES[x.dtype]
    const whole = isWhole(view, x)
    if (whole || (!x.transposed && isContiguous(shape, strides))) {
      const { storage, byteOffset, dtype } = x
      // The offset of an empty result may lie behind the end of the storage.
      const start = byteOffset + (sizeOf(shape) === 0 ? 0 : offset * bytes)
      const shared = new Tensor(storage, start, shape, dtype, whole && x.transposed)
      return record(rule, [x], view, shared)
    }
    const out = result(shape, x.dtype, name)
    out.storage.copied = true
    const [to, from] = [out.address(), x.address()]
    move('copy', shape, x.dtype, to, stridesOf(shape), from + offset * bytes, strides)
    return record(rule, [x], view, out)
  }
  return call
}

/**
 * Zeros of `shape`, with each input added at its places: the transpose of reading with several
 * views.
 */
const asStridedScatter = defineOp<{ places: readonly StridedView[]; shape: Shape }>({
  name: 'asStridedScatter',
  shape: (_, { shape }) => shape,
  forward: (out, gs, { places }) => {
    requireFloat('asStridedScatter', out.dtype)
    kernelsOf(out).fill(out.address(), out.size, 0)
    places.forEach(({ shape, offset, strides }, i) => {
      const [to, from] = [out.address() + offset * BYTES[out.dtype], gs[i].address()]
      move('add', shape, out.dtype, to, strides, from, stridesOf(shape))
    })
  },
  vjp: (h, { attrs: { places }, needsGrad }) =>
    places.map((view, i) => (needsGrad[i] ? readBack(h, view) : null)),
})

/**
 * The cotangent of a tensor that several ops have read. One scatter for each would fill a tensor of
 * full size: T slices of T rows would take T² of memory.
 */
function scatterAll(uses: readonly Use<Tensor, StridedView>[], { shape }: Tensor): Tensor {
  const places = uses.map(({ attrs }) => attrs)
  return asStridedScatter(
    uses.map(({ g }) => g),
    { places, shape },
  )
}

/**
 * Whether the view reads all of x in order. The op still makes a new tensor: whether the result has
 * a gradient of its own must not depend on the size of x.
 */
const isWhole = ({ shape, offset, strides }: StridedView, x: Tensor): boolean =>
  offset === 0 && sameShape(shape, x.shape) && isContiguous(shape, strides)

export const wholeOf = ({ shape }: Tensor): StridedView => ({
  shape,
  offset: 0,
  strides: stridesOf(shape),
})

const readBack = asStrided('read')

/** Swaps the last two axes. The storage stays; the result notes that it is transposed. */
const swapRule: BuiltIn<Rule<Tensor, undefined>> = {
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

/** `[:, 5:10]`: the bounds on the one axis that is not read in full, as Python writes them. */
export function describePart(
  { shape, offset, strides }: StridedView,
  [x]: readonly (Tensor | undefined)[],
): string {
  if (x === undefined) return '' // A backward pass has released it.
  const own = stridesOf(x.shape)
  const axis = x.shape.findIndex((size, i) => shape[i] !== size || strides[i] !== own[i])
  const start = offset / own[axis]
  if (!Number.isInteger(start)) return '' // The tensor is empty.
  const step = strides[axis] / own[axis]
  const end = start + (shape[axis] - 1) * step + 1
  const range = `${start}:${end}${step === 1 ? '' : `:${step}`}`
  return `[${':, '.repeat(axis)}${shape.length < x.rank ? start : range}]`
}
