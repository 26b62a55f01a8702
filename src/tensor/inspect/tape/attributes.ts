// What an op was asked for besides its inputs, as far as its attributes tell it in a word: the part
// that was read, the axis, the dtype.

import type { Node } from '../../../autograd/index.ts'
import { type Shape, stridesOf } from '../../core/shape.ts'
import type { Tensor } from '../../core/tensor.ts'

/**
 * `[:, 5:10]` of a slice, `[:, 3]` of a select, `[axis 1]` of cat and stack, `[float64]` of a
 * conversion; nothing where it takes more words.
 */
export function describeAttributes({ attrs, inputs, rule }: Node<Tensor>): string {
  if (typeof attrs === 'number')
    return rule?.name === 'cat' || rule?.name === 'stack' ? `[axis ${attrs}]` : `[${attrs}]`
  if (typeof attrs === 'string') return `[${attrs}]`
  const readsPart = rule?.name === 'slice' || rule?.name === 'select'
  if (readsPart && inputs.length === 1 && isReading(attrs)) return part(inputs[0].shape, attrs)
  return ''
}

interface Reading {
  shape: Shape
  offset: number
  strides: readonly number[]
}

const isReading = (attrs: unknown): attrs is Reading =>
  typeof attrs === 'object' && attrs !== null && 'offset' in attrs && 'strides' in attrs

/**
 * What is read of a tensor of shape `from`, along the one axis that is not read in full, as Python
 * writes it.
 */
function part(from: Shape, { shape, offset, strides }: Reading): string {
  const own = stridesOf(from)
  const differs = (_: number, i: number): boolean => shape[i] !== from[i] || strides[i] !== own[i]
  const axis = from.findIndex(differs)
  const start = offset / own[axis]
  if (!Number.isInteger(start)) return '' // Of an empty tensor nothing is read anywhere.
  const step = strides[axis] / own[axis]
  const end = start + (shape[axis] - 1) * step + 1
  const bounds =
    shape.length < from.length ? start : `${start}:${end}${step === 1 ? '' : `:${step}`}`
  return `[${':, '.repeat(axis)}${bounds}]`
}
