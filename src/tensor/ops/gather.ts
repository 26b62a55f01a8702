// Ops that read by index: indexSelect picks whole rows, gather picks single elements. Their
// derivatives add cotangents at the same indices.

import type { Rule } from '../../autograd/index.ts'
import { byteKernels } from '../../kernels/engine.ts'
import { result } from '../core/blank.ts'
import { BYTES, isFloat, requireFloat } from '../core/dtype.ts'
import { DTypeError, IndexError, ShapeError } from '../core/errors.ts'
import { kernelsOf } from '../core/kernels.ts'
import type { Described } from '../core/numbers.ts'
import { axisOf, requireRank, type Shape, show, sizeOf, stridesOf } from '../core/shape.ts'
import { requireTensor, type Tensor } from '../core/tensor.ts'
import type { BuiltIn } from '../define/names.ts'
import { defineOp, type OpCall } from '../define/op.ts'
import { record } from '../define/record.ts'
import type { Gather } from '../types/results.ts'
import type { Implemented, Ok, Refusal, ReplaceAxis } from '../types/shapes.ts'

/**
 * Elements and rows picked by an int32 tensor of indices. Where an index repeats, its gradients are
 * added up.
 */
export interface Gathering {
  /**
   * Rows of `axis` picked by an int32 tensor of any shape. Its axes take the place of `axis`: (V,
   * D) by (N, T) gives (N, T, D). Rows may repeat. Throws a DTypeError unless the index is int32,
   * an IndexError that names the first index outside the axis.
   *
   * ```ts
   * const rows = tensor([2, 0], { dtype: 'int32' })
   * tensor([[1, 2], [3, 4], [5, 6]]).indexSelect(0, rows) // [[5, 6], [1, 2]]
   * ```
   */
  indexSelect<A extends Shape, X extends number, B extends Shape>(
    this: Tensor<A>,
    axis: Refusal<ReplaceAxis<'indexSelect', A, X, B>> & X,
    index: Tensor<B>,
  ): Tensor<Ok<ReplaceAxis<'indexSelect', A, X, B>>>
  /**
   * Element (i, j, k) is element (i, index[i, j, k], k) for axis 1, and so on: PyTorch's gather.
   * The index has as many axes as the tensor, none longer except `axis`. Throws a ShapeError,
   * DTypeError or IndexError when the index does not fit.
   *
   * ```ts
   * tensor([[3, 1], [2, 5]]).gather(1, tensor([[1], [0]], { dtype: 'int32' })) // [[1], [2]]
   * ```
   */
  gather<A extends Shape, X extends number, B extends Shape>(
    this: Tensor<A>,
    axis: X,
    index: Refusal<Gather<A, X, B>> & Tensor<B>,
  ): Tensor<Ok<Gather<A, X, B>>>
}

/**
 * Throws unless `index` is int32 and every element is in 0…size−1. The error names the first wrong
 * element and its place.
 */
export function requireIndices(who: string, what: string, index: Tensor, size: number): void {
  requireTensor(who, index)
  if (index.dtype !== 'int32')
    throw new DTypeError(
      `${who}: expected an int32 ${what}, got ${index.dtype}: convert with .to('int32')`,
    )
  const indices = index.elements()
  const at = indices.findIndex((i) => i < 0 || i >= size)
  if (at < 0) return
  const place = stridesOf(index.shape).map((stride, k) => Math.floor(at / stride) % index.shape[k])
  throw new IndexError(
    `${who}: ${what} ` +
      `${indices[at]}${place.length === 0 ? '' : ` at [${place.join(', ')}]`} is outside ` +
      `${size === 0 ? 'an empty axis' : `0..${size - 1}`}`,
  )
}

/** The attributes of indexSelect; `shape` is the table's. */
export interface PickedRows {
  index: Tensor
  shape: Shape
}

/** The attributes of a scatter: the result's shape, and the places that each input is added at. */
export interface ScatterTo<P> {
  places: readonly P[]
  shape: Shape
}

/** Rows of a table (V, …) by an index of any shape. */
const rowsRule: BuiltIn<Rule<Tensor, PickedRows>> = {
  name: 'indexSelect',
  vjp: (g, { inputs: [table], attrs: { index } }) => [
    scatterRows([g], { places: [index], shape: table.shape }),
  ],
  together: (uses, { shape }) =>
    scatterRows(
      uses.map(({ g }) => g),
      { places: uses.map(({ attrs }) => attrs.index), shape },
    ),
  addInto: (sum, _, g, { attrs: { index } }) => {
    requireFloat('indexSelect', sum.dtype)
    const [to, from, at] = [sum.address(), g.address(), index.address()]
    kernelsOf(sum).scatterAddRows(to, from, at, index.size, sizeOf(sum.shape.slice(1)))
  },
  replay: ([table], { index }) => pickRows(table, index),
}
export function pickRows(table: Tensor, index: Tensor): Tensor {
  const out = result([...index.shape, ...table.shape.slice(1)], table.dtype, 'indexSelect')
  const [to, from, at] = [out.address(), table.address(), index.address()]
  byteKernels.copyRows(to, from, at, index.size, sizeOf(table.shape.slice(1)) * BYTES[table.dtype])
  out.storage.copied = true
  return record(rowsRule, [table], { index, shape: table.shape }, out)
}

/**
 * The index by which the rows of x (…, D) were picked from a table (V, D). Null where the tape does
 * not record it, or the index was changed in place since. Equal indices mean equal rows.
 */
export function pickedBy(x: Tensor): Tensor | null {
  const { node } = x
  if (node === null || node.rule !== rowsRule) return null
  const { index } = node.attrs as PickedRows
  return index.rank === x.rank - 1 && index.storage.changedAt < node.id ? index : null
}

/** Zeros of `shape` with every row of each input added at its index: the transpose of pickRows. */
export const scatterRows = defineOp<ScatterTo<Tensor>>({
  name: 'scatterRows',
  shape: (_, { shape }) => shape,
  forward: (out, gs, { places, shape }) => {
    requireFloat('scatterRows', out.dtype)
    const { fill, scatterAddRows } = kernelsOf(out)
    fill(out.address(), out.size, 0)
    places.forEach((index, i) => {
      const at = index.address()
      scatterAddRows(out.address(), gs[i].address(), at, index.size, sizeOf(shape.slice(1)))
    })
  },
  vjp: (h, { attrs: { places }, needsGrad }) =>
    places.map((index, i) => (needsGrad[i] ? pickRows(h, index) : null)),
})

/** The attributes of gather; `shape` is the input's. */
export interface PickedElements {
  index: Tensor
  axis: number
  shape: Shape
}
/** The sizes around `axis`, and along it in index and input, as the kernels take them. */
const extents = (
  index: Described,
  axis: number,
  shape: Shape,
): [outer: number, nOut: number, nIn: number, inner: number] => [
  sizeOf(index.shape.slice(0, axis)),
  index.shape[axis],
  shape[axis],
  sizeOf(index.shape.slice(axis + 1)),
]

const pickElements: OpCall<PickedElements> = defineOp({
  name: 'gather',
  shape: (_, { index }) => index.shape,
  dtype: ([x]) => x.dtype,
  forward: (out, [x], { index, axis, shape }) => {
    const at = index.address()
    const [outer, nOut, nIn, inner] = extents(index, axis, shape)
    if (isFloat(out.dtype))
      return kernelsOf(out).gather(out.address(), x.address(), at, outer, nOut, nIn, inner)
    const [to, from, indices] = [out.elements(), x.elements(), index.elements()]
    for (let i = 0; i < to.length; i++)
      to[i] = from[(Math.floor(i / (nOut * inner)) * nIn + indices[i]) * inner + (i % inner)]
  },
  vjp: (g, { attrs }) => [scatterElements([g], { places: [attrs], shape: attrs.shape })],
  together: (uses, { shape }) =>
    scatterElements(
      uses.map(({ g }) => g),
      { places: uses.map(({ attrs }) => attrs), shape },
    ),
})

/** Zeros of `shape` with each element of the inputs added at its index: the transpose of gather. */
const scatterElements: OpCall<ScatterTo<PickedElements>> = defineOp({
  name: 'scatter',
  shape: (_, { shape }) => shape,
  forward: (out, gs, { places, shape }) => {
    requireFloat('scatter', out.dtype)
    const { fill, gatherAdd } = kernelsOf(out)
    fill(out.address(), out.size, 0)
    places.forEach(({ index, axis }, i) => {
      const at = index.address()
      gatherAdd(out.address(), gs[i].address(), at, ...extents(index, axis, shape))
    })
  },
  vjp: (h, { attrs: { places }, needsGrad }) =>
    places.map((place, i) => (needsGrad[i] ? pickElements([h], place) : null)),
})

export const gathering: Implemented<Gathering> & ThisType<Tensor> = {
  indexSelect(axis, index) {
    const k = axisOf('indexSelect', axis, this.rank)
    requireTensor('indexSelect', this)
    requireIndices('indexSelect', 'index', index, this.shape[k])
    requireRank('indexSelect', index.rank + this.rank - 1)
    const kept = index.detach()
    if (k === 0) return pickRows(this, kept)
    const axes = this.shape.map((_, i) => i)
    const rows = pickRows(this.permute([k, ...axes.toSpliced(k, 1)]), kept)
    // The axes of the index came first; they belong in the place of axis k.
    const order = rows.shape.map((_, i) => i)
    const ofIndex = order.splice(0, index.rank)
    return rows.permute(order.toSpliced(k, 0, ...ofIndex))
  },
  gather(axis, index) {
    const k = axisOf('gather', axis, this.rank)
    requireTensor('gather', index)
    if (index.rank !== this.rank || index.shape.some((n, i) => i !== k && n > this.shape[i]))
      throw new ShapeError(
        `gather: expected an index that fits into ${show(this.shape)} except along axis ${k}, ` +
          `got ${show(index.shape)}`,
      )
    requireIndices('gather', 'index', index, this.shape[k])
    // The kernels want equal sizes on the other axes.
    const x = index.shape.reduce<Tensor>(
      (t, n, i) => (i === k || n === t.shape[i] ? t : t.slice(i, 0, n)),
      this,
    )
    const picked = pickElements([x], { index: index.detach(), axis: k, shape: x.shape })
    picked.storage.copied = true
    return picked
  },
}
