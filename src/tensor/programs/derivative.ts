// The derivative of values as values: the tape records them for an example, and its backward pass,
// recorded in its turn, is the derivative. No derivative is written here.

import { Node } from '../../autograd/index.ts'
import { creation } from '../core/blank.ts'
import type { FloatDType } from '../core/dtype.ts'
import type { Tensor } from '../core/tensor.ts'
import { isNumber } from '../define/operand.ts'
import { listening } from '../define/record.ts'
import { unexamined } from '../inspect/anomaly.ts'
import { grad } from '../transforms/gradient.ts'
import { enableGrad } from '../transforms/recording.ts'
import { graphOf, NoProgram } from './graph.ts'
import { lower, type Segment } from './lower.ts'
import { evaluate, type Part, type Value, type Values, valuesBehind } from './values.ts'

/** Rows of an example: enough to tell a row from a column. */
export const EXAMPLE_ROWS = 2

/** Numbers between 0.5 and 1.5 that differ from each other. */
export function example(shape: readonly number[], dtype: FloatDType | 'bool', start = 0): Tensor {
  const made = creation(shape, dtype, 'example')
  const numbers = made.elements()
  for (let i = 0; i < numbers.length; i++) {
    const x = ((i * 7 + start * 3) % 101) / 101
    numbers[i] = dtype === 'bool' ? Number(x < 0.5) : 0.5 + x
  }
  return made
}

const CONSTANT_MAKERS: readonly string[] = ['zeros', 'ones', 'full']

/** The number that all elements are of a tensor of zeros, ones or one number; undefined else. */
export const constantNumber = (t: Tensor): number | undefined =>
  CONSTANT_MAKERS.includes(t.storage.maker) && t.node === null ? uniformNumber(t) : undefined

/** The number that all elements of a tensor are; undefined where they differ. */
export function uniformNumber(t: Tensor): number | undefined {
  const elements = t.elements()
  const [first] = elements
  return elements.every((x) => Object.is(x, first)) ? first : undefined
}

/**
 * The cotangents of `parts` from `cotangents`, those of `outputs`. Null for a part that no output
 * depends on.
 */
export function derivativeOf(
  outputs: readonly Value[],
  parts: readonly Part[],
  cotangents: readonly Value[],
  values: Values,
  dtype: FloatDType,
): (Value | null)[] {
  return unexamined(() =>
    enableGrad(() => {
      const tensors = new Map<Value, Tensor>()
      const leafOf = (value: Value): Tensor => {
        const kind = value.isBool ? 'bool' : dtype
        const leaf = example([EXAMPLE_ROWS, value.width], kind, value.id).detach()
        if (!value.isBool) leaf.node = new Node<Tensor>(null, [], undefined, leaf)
        return leaf
      }
      for (const value of valuesBehind(outputs, new Set()))
        if (value.kind === 'part') tensors.set(value, leafOf(value))
      const targets = parts.filter((part) => tensors.get(part)?.node)
      if (targets.length === 0) return parts.map(() => null)
      const [, evaluated] = listening(() => evaluate(outputs, tensors, dtype))
      const gs = cotangents.map(leafOf)
      const roots = outputs.map((output) => tensors.get(output) as Tensor)
      const depends = roots.map((root) => root.node !== null)
      const [results, calls] = listening(() =>
        grad(
          roots.filter((_, i) => depends[i]),
          targets.map((part) => tensors.get(part) as Tensor),
          {
            gradOutputs: gs.filter((_, i) => depends[i]),
            createGraph: true,
            allowUnused: true,
          },
        ),
      )
      const starts = new Map<Tensor, Segment[]>()
      const give = (t: Tensor, value: Value): void => {
        starts.set(t, [{ from: 0, width: value.width, value }])
      }
      for (const [value, t] of tensors) if (value.kind !== 'constant') give(t, value)
      cotangents.forEach((value, i) => {
        give(gs[i], value)
      })
      // Rows of one number that `where` was given as wide ones are no values.
      const between = evaluated.filter(({ out }) => !starts.has(out))
      const nodes = graphOf([...between, ...calls], [...starts.keys()])
      const outside = (t: Tensor): Value => {
        const number = isNumber(t) ? t.item() : uniformNumber(t)
        if (number === undefined) throw new NoProgram('its derivative uses numbers of its own')
        return values.constant(Number(number), t.dtype === 'bool')
      }
      const segments = lower(nodes, starts, values, {
        part: () => {
          throw new NoProgram('its derivative reads parts of rows')
        },
        outside,
      })
      return parts.map((part) => {
        const result = results[targets.indexOf(part)]
        return segments.get(result)?.[0].value ?? null
      })
    }),
  )
}
