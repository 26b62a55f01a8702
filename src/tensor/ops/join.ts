// Ops that join several tensors: cat along an axis that they have, stack along a new one.

import type { Rule } from '../../autograd/index.ts'
import { copyMatrix } from '../../kernels/copy.ts'
import { result } from '../core/blank.ts'
import { BYTES, requireSame } from '../core/dtype.ts'
import { ShapeError, shown, ValueError } from '../core/errors.ts'
import { axisOf, requireRank, type Shape, sameShape, show, sizeOf } from '../core/shape.ts'
import { requireTensor, type Tensor } from '../core/tensor.ts'
import type { FormedRule } from '../define/form.ts'
import type { BuiltIn } from '../define/names.ts'
import { record } from '../define/record.ts'
import type { Cat, Stack } from '../types/results.ts'
import type { Ok, Refusal } from '../types/shapes.ts'

/**
 * Writes the tensors one after the other along `axis` of a result of this shape. The size of tensor
 * i on that axis is `widths[i]`.
 */
function joined(
  rule: Rule<Tensor, number>,
  tensors: readonly Tensor[],
  shape: Shape,
  axis: number,
  widths: readonly number[],
): Tensor {
  const out = result(shape, tensors[0].dtype, rule.name)
  const bytes = BYTES[out.dtype] as 1 | 4 | 8
  const rows = sizeOf(shape.slice(0, axis))
  const inner = sizeOf(shape.slice(axis + 1))
  const row = shape[axis] * inner
  let at = out.address()
  tensors.forEach((tensor, i) => {
    const n = widths[i] * inner
    copyMatrix(bytes, at, tensor.address(), rows, n, row)
    at += n * bytes
  })
  return record(rule, tensors, axis, out)
}

const catRule: BuiltIn<FormedRule<number>> = {
  name: 'cat',
  form: 'cat',
  vjp: (g, { inputs, attrs: axis, needsGrad }) => {
    let end = 0
    return inputs.map((input, i) => {
      const start = end
      end += input.shape[axis]
      return needsGrad[i] ? g.slice(axis, start, end) : null
    })
  },
  describe: (axis) => `[axis ${axis}]`,
  replay: cat,
}

const stackRule: BuiltIn<Rule<Tensor, number>> = {
  name: 'stack',
  vjp: (g, { inputs, attrs: axis, needsGrad }) =>
    inputs.map((_, i) => (needsGrad[i] ? g.select(axis, i) : null)),
  describe: (axis) => `[axis ${axis}]`,
  replay: stack,
}

/**
 * A copy of the caller's list, which the tape keeps. Throws unless it holds tensors of one dtype,
 * at least one.
 */
function listOf(who: string, given: readonly Tensor[]): readonly Tensor[] {
  if (!Array.isArray(given) || given.length === 0)
    throw new ValueError(
      `${who}: expected an array of at least one tensor, got ` +
        `${Array.isArray(given) ? 'an empty one' : shown(given)}`,
    )
  const tensors = [...given]
  for (const tensor of tensors) {
    requireTensor(who, tensor)
    requireSame(who, tensors[0].dtype, tensor.dtype)
  }
  return tensors
}

/**
 * The tensors one after the other along `axis`; all other sizes must agree. Throws a ShapeError
 * when they do not, a DTypeError when the dtypes differ, a ValueError for no tensors.
 *
 * ```ts
 * cat([zeros([2, 3]), ones([2, 1])], 1) // (2, 4)
 * ```
 */
export function cat<const T extends readonly Tensor[], X extends number = 0>(
  tensors: Refusal<Cat<T, X>> & T,
  axis?: X,
): Tensor<Ok<Cat<T, X>>>
export function cat(given: readonly Tensor[], axis = 0): Tensor {
  const tensors = listOf('cat', given)
  const [first] = tensors
  const k = axisOf('cat', axis, first.rank)
  for (const { shape } of tensors)
    if (shape.length !== first.rank || !sameShape(shape.with(k, 0), first.shape.with(k, 0)))
      throw new ShapeError(
        `cat: expected shapes that agree except along axis ${k}, got ${show(first.shape)} and ` +
          `${show(shape)}`,
      )
  const widths = tensors.map(({ shape }) => shape[k])
  return joined(
    catRule,
    tensors,
    first.shape.with(
      k,
      widths.reduce((a, b) => a + b),
    ),
    k,
    widths,
  )
}

/**
 * Tensors of one shape along a new axis. Throws a ShapeError when the shapes differ, a DTypeError
 * when the dtypes do, a ValueError for no tensors.
 *
 * ```ts
 * stack([zeros([2, 3]), ones([2, 3])]) // (2, 2, 3)
 * ```
 */
export function stack<const T extends readonly Tensor[], X extends number = 0>(
  tensors: Refusal<Stack<T, X>> & T,
  axis?: X,
): Tensor<Ok<Stack<T, X>>>
export function stack(given: readonly Tensor[], axis = 0): Tensor {
  const tensors = listOf('stack', given)
  const [first] = tensors
  const k = axisOf('stack', axis, first.rank + 1)
  requireRank('stack', first.rank + 1)
  for (const { shape } of tensors)
    if (!sameShape(shape, first.shape))
      throw new ShapeError(
        `stack: expected equal shapes, got ${show(first.shape)} and ${show(shape)}`,
      )
  return joined(
    stackRule,
    tensors,
    first.shape.toSpliced(k, 0, tensors.length),
    k,
    tensors.map(() => 1),
  )
}
