// Finds the first NaN or Infinity, and the line of user code that it comes from. It only examines
// tensors: ops and backward passes call it with their results.

import type { Node, Rule } from '../../autograd/index.ts'
import { isFloat } from '../core/dtype.ts'
import { AnomalyError } from '../core/errors.ts'
import { withoutRecycling } from '../core/lifetime.ts'
import { requireFunction, requireSync } from '../core/require.ts'
import { differentiating } from '../core/scopes.ts'
import { show, stridesOf } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import { labelled } from './named.ts'

/**
 * The stack at the call of the op that computed each tensor; null outside detectAnomaly().
 */
export let origins: WeakMap<Tensor, Error> | null = null

/** The number of stack frames kept: enough to reach user code through layers that call layers. */
const DEPTH = 64

/**
 * Runs `fn` and throws an AnomalyError at the first NaN or Infinity: `forward` if an op computes a
 * NaN, or an Infinity from inputs that have none; `backward` if a derivative does. The error names
 * the op, the shape of its result, and the line of user code that called it (known for ops called
 * inside `fn`). An Infinity that comes from an input, such as a mask of −Infinity, is no anomaly.
 * Slow: it reads every number. Returns the result of `fn`; calls may nest. Throws a ValueError
 * unless `fn` is a function, a TapeError when it leaves its work for later.
 *
 * ```ts
 * const x = tensor([1, 0], { requiresGrad: true })
 * detectAnomaly(() => x.log().sum().backward()) // AnomalyError: log (2): expected finite numbers…
 * ```
 */
export function detectAnomaly<T>(fn: () => T): T {
  requireFunction('detectAnomaly', 'a function', fn)
  const outer = origins
  origins ??= new WeakMap()
  try {
    return requireSync('detectAnomaly', fn())
  } finally {
    origins = outer
  }
}

/**
 * Runs `fn`, whose results are only examples: without looking for anomalies, and as no recording of
 * the caller's.
 */
export function unexamined<T>(fn: () => T): T {
  const outer = origins
  origins = null
  try {
    return withoutRecycling(fn)
  } finally {
    origins = outer
  }
}

/**
 * Notes where an op was called, and throws an AnomalyError when its result is an anomaly. Inside a
 * derivative only its final cotangent is examined.
 */
export function inspectResult(
  { name }: Pick<Rule<Tensor>, 'name'>,
  inputs: readonly Tensor[],
  out: Tensor,
): void {
  // An op inside a derivative gets the line of the derivative's own op. An op that a checkpoint
  // records again gets its own line.
  const node = differentiating as Node<Tensor> | null
  const from = node?.rule?.recompute === undefined ? node : null
  const origin = from === null ? stackHere() : origins?.get(from.output)
  if (origin !== undefined) origins?.set(out, origin)
  if (differentiating !== null) return
  const found = anomaly(out, inputs)
  if (found === null) return
  const names = inputs.map(labelled).filter((label) => label !== '')
  const of = names.length === 0 ? '' : ` of${names.join(',')}`
  throw report(found, `its result ${show(out.shape)}`, name, out, 'forward', of)
}

/** Throws an AnomalyError when a cotangent from the current derivative is an anomaly. */
export function inspectCotangent(g: Tensor): void {
  if (differentiating === null) return
  const { rule, output, cotangent } = differentiating as Node<Tensor>
  const found = anomaly(g, cotangent === null ? [] : [cotangent])
  if (found !== null)
    throw report(
      found,
      `the gradient ${show(g.shape)} it gives an input`,
      rule?.name ?? '',
      output,
      'backward',
    )
}

function report(
  found: string,
  where: string,
  op: string,
  output: Tensor,
  direction: 'forward' | 'backward',
  of = '',
): AnomalyError {
  const origin = origins?.get(output)
  const line = origin === undefined ? null : userLine(origin)
  const called =
    origin === undefined
      ? 'called before detectAnomaly()'
      : `called at ${line ?? 'an unknown line'}`
  const message =
    `${op}${labelled(output)} ${show(output.shape)}${of}: expected finite numbers, got ` +
    `${found} of ${where}: ${direction}, ${called}`
  return new AnomalyError(message, { op, shape: output.shape, direction, line, cause: origin })
}

/** The first NaN of `t`, or else its first Infinity if no source has one, with its indices. */
function anomaly(t: Tensor, sources: readonly Tensor[]): string | null {
  if (!isFloat(t.dtype)) return null
  const numbers = t.elements()
  let at = numbers.findIndex(Number.isNaN)
  if (at < 0) at = numbers.findIndex(infinite)
  if (at < 0) return null
  const value = numbers[at]
  return infinite(value) && sources.some((source) => source.elements().some(infinite))
    ? null
    : `${value} at [${indicesOf(t, at).join(', ')}]`
}

const infinite = (x: number): boolean => Math.abs(x) === Infinity

/** The indices of element `at` in row-major order. */
const indicesOf = ({ shape }: Tensor, at: number): number[] =>
  stridesOf(shape).map((stride, axis) => Math.floor(at / stride) % shape[axis])

function stackHere(): Error {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = DEPTH
  const stack = new Error('the op was called here')
  Error.stackTraceLimit = limit
  return stack
}

/** A stack frame: `at f (file:line:column)` from V8, `f@file:line:column` from other engines. */
const FRAME = /^(?:\s*at (?:.*? \()?|[^@]*@)((.+?):\d+:\d+)\)?$/

/**
 * `file:line:column` of the innermost frame outside this package. The package is the folder of this
 * file, or the one two levels above if it is not bundled.
 */
function userLine({ stack = '' }: Error): string | null {
  const frames = stack.split('\n').flatMap((text) => {
    const [, line, file] = FRAME.exec(text) ?? []
    return line === undefined ? [] : [{ line, file }]
  })
  const packageRoot = frames[0]?.file.replace(/(tensor[\\/]inspect[\\/])?[^\\/]*$/, '')
  return (
    frames.find(({ file }) => packageRoot !== undefined && !file.startsWith(packageRoot))?.line ??
    null
  )
}
