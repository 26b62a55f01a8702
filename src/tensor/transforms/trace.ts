// One run of a caller's function with inputs of its own, so that derivatives by them belong to this
// run alone. The transforms themselves are functional.ts.

import { Node, recording } from '../../autograd/index.ts'
import { isFloat } from '../core/dtype.ts'
import { DTypeError, noTensor, ShapeError, shown, ValueError } from '../core/errors.ts'
import { requireFunction } from '../core/require.ts'
import { show } from '../core/shape.ts'
import { requireTensor, Tensor } from '../core/tensor.ts'
import { alias } from '../define/record.ts'
import { zeros } from '../ops/creation.ts'
import { requireFit } from './cotangents.ts'
import { grad } from './gradient.ts'
import { enableGrad } from './recording.ts'

/** One tensor, or an array of them. */
export type Inputs = Tensor | readonly Tensor[]
/** One `T` for one tensor, an array of them for an array. */
export type Mirrored<X extends Inputs, T = Tensor> = X extends Tensor ? T : T[]
/** One tangent for one tensor, an array of them for an array. */
export type Tangents<X extends Inputs> = X extends Tensor ? Tensor : readonly Tensor[]
/** A function that takes tensors as its arguments and returns a tensor. */
export type TensorFunction = (...inputs: Tensor[]) => Tensor

/** How many arguments a function may get. Engines allow some ten thousand more. */
const MOST_INPUTS = 10_000

const listOf = (inputs: Inputs): readonly Tensor[] => (inputs instanceof Tensor ? [inputs] : inputs)

/** The results in the form of the inputs: one for one tensor, an array for an array. */
export const mirror = <X extends Inputs, T>(inputs: X, results: readonly T[]): Mirrored<X, T> =>
  (inputs instanceof Tensor ? results[0] : results) as Mirrored<X, T>

function requireInputs(who: string, inputs: Inputs): void {
  if (!(inputs instanceof Tensor || Array.isArray(inputs)))
    throw new DTypeError(
      `${who}: expected a Tensor or an array of them as inputs, got ${shown(inputs)}`,
    )
  const count = listOf(inputs).length
  if (count === 0)
    throw new ValueError(
      `${who}: expected at least one input, got an empty array: there is nothing to ` +
        'differentiate by',
    )
  if (count > MOST_INPUTS)
    throw new ValueError(
      `${who}: expected at most ${MOST_INPUTS} inputs, which fn takes one by one, got ${count}: ` +
        'stack them, or use grad()',
    )
  listOf(inputs).forEach((x, i) => {
    requireTensor(who, x)
    if (!isFloat(x.dtype))
      throw new DTypeError(
        `${who}: expected input ${i} to be float32 or float64, got ${x.dtype}: let fn capture ` +
          'it instead',
      )
  })
}

/**
 * A run of fn: the inputs that fn got, and its result. The run's leaves count as outside tensors
 * for other runs only while its transform is active, for example inside fn; afterwards no caller
 * can differentiate by them.
 */
export class Trace {
  readonly xs: readonly Tensor[]
  readonly y: Tensor
  readonly #period: Period

  constructor(xs: readonly Tensor[], y: Tensor, period: Period) {
    this.xs = xs
    this.y = y
    this.#period = period
  }

  /** A leaf of this run with the numbers of `x`. */
  leaf(x: Tensor): Tensor {
    return leafOf(x, this.#period)
  }

  /** Runs `body` with the transform active again. */
  within<T>(body: () => T): T {
    this.#period.ended = false
    try {
      return body()
    } finally {
      this.#period.ended = true
    }
  }
}

/** The time in which a transform is active. It is the attributes of the run's leaves. */
class Period {
  ended = false
}

function leafOf(x: Tensor, period: Period): Tensor {
  const leaf = x.detach()
  leaf.node = new Node<Tensor>(null, [], period, leaf)
  return leaf
}

/**
 * Runs `fn` with recording on, and then `body`. Inputs that require a gradient stay connected to
 * their graph, unless the caller is inside noGrad().
 */
export function trace<T>(
  who: string,
  fn: TensorFunction,
  inputs: Inputs,
  body: (run: Trace) => T,
): T {
  requireFunction(who, 'a function of tensors', fn)
  requireInputs(who, inputs)
  const connected = recording
  const period = new Period()
  try {
    const run = enableGrad(() => {
      const xs = listOf(inputs).map((x) =>
        connected && x.requiresGrad ? alias(x) : leafOf(x, period),
      )
      const y: unknown = fn(...xs)
      if (!(y instanceof Tensor))
        throw new DTypeError(`${who}: expected fn to return a Tensor, got ${noTensor(y)}`)
      if (!isFloat(y.dtype))
        throw new DTypeError(
          `${who}: expected fn to return float32 or float64, got ${y.dtype}: it has no derivative`,
        )
      return new Trace(xs, y, period)
    })
    return body(run)
  } finally {
    period.ended = true
  }
}

/** As `trace`, for a function whose result must have one element. */
export const traceScalar = <T>(
  who: string,
  fn: TensorFunction,
  inputs: Inputs,
  body: (run: Trace) => T,
): T =>
  trace(who, fn, inputs, (run) => {
    if (run.y.size !== 1)
      throw new ShapeError(
        `${who}: expected fn to return one number, got shape ${show(run.y.shape)}: reduce it ` +
          'with sum() or mean(), or use jacobian or vjp',
      )
    return body(run)
  })

/**
 * The tangents of the inputs as a list. Throws unless there is one for each, of its shape and
 * dtype.
 */
export function tangentsOf(who: string, inputs: Inputs, tangents: Inputs): readonly Tensor[] {
  requireInputs(who, inputs)
  const listed = (t: Inputs): string =>
    t instanceof Tensor ? 'one tensor' : Array.isArray(t) ? `an array of ${t.length}` : shown(t)
  if (listed(inputs) !== listed(tangents))
    throw new ValueError(
      `${who}: expected tangents like the inputs, ${listed(inputs)}, got ${listed(tangents)}`,
    )
  const list = [...listOf(tangents)]
  for (const [i, x] of listOf(inputs).entries())
    requireFit(who, tangents instanceof Tensor ? 'a tangent' : `tangent ${i}`, list[i], x)
  return list
}

/**
 * Whether `t` depends on a tensor outside the run that it can be differentiated by: one that
 * requires a gradient, is not in `own`, and is no leaf of a transform that has ended.
 */
function dependsOnOutside(t: Tensor, own: readonly Tensor[]): boolean {
  const seen = new Set<Node<Tensor>>()
  const stack = [t]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node } = next
    if (node === null || seen.has(node)) continue
    seen.add(node)
    const ended = node.attrs instanceof Period && node.attrs.ended
    if (node.rule === null ? !ended && !own.includes(next) : node.consumed) return true
    for (const input of node.inputs) stack.push(input)
  }
  return false
}

/** Whether derivatives of `run` must be recorded: the caller can differentiate them again. */
export const mustRecord = ({ xs, y }: Trace, vectors: readonly Tensor[] = []): boolean =>
  recording && (vectors.some((v) => v.requiresGrad) || dependsOnOutside(y, xs))

/**
 * The results for the caller: they keep their graph if it leads to tensors outside the run, and are
 * detached otherwise.
 */
export const detachUnlessOpen = (results: readonly Tensor[], own: readonly Tensor[]): Tensor[] =>
  results.map((t) => (t.node === null || (recording && dependsOnOutside(t, own)) ? t : t.detach()))

/** The cotangents of `xs` for `cotangents` of `ys`; zeros for an x that no y depends on. */
export function gradOrZeros(
  ys: readonly Tensor[],
  xs: readonly Tensor[],
  cotangents: readonly Tensor[],
  { createGraph, retainGraph }: { createGraph: boolean; retainGraph: boolean },
): Tensor[] {
  const outputs = ys.filter((y) => y.requiresGrad)
  if (outputs.length === 0) return xs.map((x) => zeros(x.shape, { dtype: x.dtype }))
  const gradOutputs = cotangents
    .filter((_, i) => ys[i].requiresGrad)
    .map((g) => (createGraph || !g.requiresGrad ? g : g.detach()))
  return grad(outputs, xs, { gradOutputs, createGraph, retainGraph, allowUnused: true })
}
