// A function with the inputs at which it is examined: run on fresh leaves, displaced along lines,
// and differentiated by backward passes. It compares nothing.

import type { Node } from '../../autograd/index.ts'
import {
  DTypeError,
  type Generator,
  grad,
  rand,
  type Shape,
  Tensor,
  tensor,
  ValueError,
} from '../../tensor/index.ts'
import { isFloat, noTensor, show, shown, sizeOf } from '../../tensor/internal.ts'
import { CheckError, largest } from '../report.ts'
import type { Factor } from '../verdict.ts'

/** A function that the checkers examine: of as many tensors as there are inputs. */
export type Checked<X extends readonly Tensor[] = readonly Tensor[]> = (
  ...inputs: { -readonly [K in keyof X]: Tensor }
) => Tensor | readonly Tensor[]

/** One run of fn: the leaves among its arguments, all its arguments, and its float results. */
export interface Run {
  readonly leaves: readonly Tensor[]
  readonly args: readonly Tensor[]
  readonly outputs: readonly Tensor[]
}

export const shapesOf = (tensors: readonly Tensor[]): Shape[] => tensors.map(({ shape }) => shape)

/**
 * A function, its inputs, and the places of those that are displaced and differentiated; the others
 * are passed along as they are.
 */
export class Point {
  readonly fn: Checked
  readonly inputs: readonly Tensor[]
  readonly moved: readonly number[]
  readonly who: string
  /** The numbers of the moved inputs. */
  readonly at: readonly Float64Array[]

  constructor(fn: Checked, inputs: readonly Tensor[], moved: readonly number[], who: string) {
    this.who = who
    this.fn = fn
    this.inputs = inputs
    this.moved = moved
    this.at = moved.map((i) => Float64Array.from(inputs[i].toTypedArray()))
  }

  /** Runs fn with new leaves for the moved inputs. */
  run(at: readonly Float64Array[] = this.at): Run {
    const leaves = this.moved.map((i, k) =>
      tensor(at[k], { shape: this.inputs[i].shape, requiresGrad: true }),
    )
    const args = this.argumentsWith(leaves)
    return { leaves, args, outputs: this.results(args) }
  }

  /** The numbers of the moved inputs, each times a factor. */
  scaled(factor: Factor): Float64Array[] {
    return this.at.map((numbers) => numbers.map((x) => x * factor()))
  }

  /** All arguments of fn, with these leaves in the places of the moved inputs. */
  argumentsWith(leaves: readonly Tensor[]): Tensor[] {
    return this.inputs.map((input, i) => leaves[this.moved.indexOf(i)] ?? input)
  }

  /** The float results of fn; others have no derivative. Throws a DTypeError for no tensors. */
  results(args: readonly Tensor[]): Tensor[] {
    const result = this.fn(...args)
    const results: readonly unknown[] = Array.isArray(result) ? result : [result]
    return results.filter((y): y is Tensor => {
      if (!(y instanceof Tensor))
        throw new DTypeError(
          `${this.who}: expected fn to return a Tensor or an array of them, got ${noTensor(y)}`,
        )
      return isFloat(y.dtype)
    })
  }

  /** t ↦ all results one after the other, with the moved inputs displaced by t · direction. */
  line(direction: readonly Float64Array[]): (t: number) => Float64Array {
    return (t) =>
      flatten(
        this.run(this.at.map((numbers, k) => numbers.map((x, j) => x + t * direction[k][j])))
          .outputs,
      )
  }

  /** The line along one element. */
  axis(which: number, element: number): (t: number) => Float64Array {
    return (t) =>
      flatten(
        this.run(
          this.at.map((numbers, k) =>
            k === which ? numbers.with(element, numbers[element] + t) : numbers,
          ),
        ).outputs,
      )
  }
}

/** Tensors with every number times a factor. */
export const scaled = (tensors: readonly Tensor[], factor: Factor): Tensor[] =>
  tensors.map((t) =>
    tensor(
      Float64Array.from(t.toTypedArray(), (x) => x * factor()),
      { shape: t.shape },
    ),
  )

/** The nodes of all ops that a run recorded, the oldest first. */
export function tapeOf({ outputs }: Pick<Run, 'outputs'>): Node<Tensor>[] {
  const found = new Set<Node<Tensor>>()
  const stack = outputs.flatMap(({ node }) => node ?? [])
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.rule === null || found.has(node)) continue
    found.add(node)
    for (const input of node.inputs) if (input.node !== null) stack.push(input.node)
  }
  return [...found].sort((a, b) => a.id - b.id)
}

/**
 * The largest number among all results of ops inside fn: where such numbers cancel, their rounding
 * errors stay in the difference.
 */
export function largestWithin(point: Point): number {
  return tapeOf(point.run()).reduce(
    (most, { output }) => Math.max(most, largest(output.toTypedArray())),
    0,
  )
}

/** The numbers of all tensors, one after the other. */
export function flatten(tensors: readonly Tensor[]): Float64Array {
  const all = new Float64Array(tensors.reduce((n, { size }) => n + size, 0))
  let at = 0
  for (const t of tensors) {
    all.set(t.toTypedArray(), at)
    at += t.size
  }
  return all
}

/** The parts of `all` that belong to tensors of these shapes. */
export function unflatten(all: Float64Array, shapes: readonly Shape[]): Float64Array[] {
  let end = 0
  return shapes.map((shape) => {
    const start = end
    end += sizeOf(shape)
    return all.subarray(start, end)
  })
}

/** uᵀJ by one backward pass that keeps the graph; zeros for leaves that it does not reach. */
export function pull(
  who: string,
  { outputs, leaves }: Pick<Run, 'outputs' | 'leaves'>,
  cotangents: readonly Tensor[],
  createGraph = false,
): Tensor[] {
  const recorded = outputs.flatMap((y, k) => (y.requiresGrad ? [k] : []))
  if (recorded.length === 0)
    return leaves.map((x) => tensor(new Float64Array(x.size), { shape: x.shape }))
  const gradOutputs = recorded.map((k) => cotangents[k])
  const roots = recorded.map((k) => outputs[k])
  return runPass(who, () =>
    grad(roots, leaves, { gradOutputs, retainGraph: true, allowUnused: true, createGraph }),
  )
}

/** Runs a backward pass; an error of a derivative is thrown as a CheckError. */
export function runPass<T>(who: string, pass: () => T): T {
  try {
    return pass()
  } catch (cause) {
    if (cause instanceof CheckError) throw cause
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause))
    const check = name === 'ShapeError' ? 'shape' : name === 'DTypeError' ? 'dtype' : 'error'
    throw new CheckError(
      `${who}: expected the backward pass to succeed, got ${name}: ${message}`,
      { check },
      { cause },
    )
  }
}

/**
 * The derivative of a point as a point of its own: (x…, u…) ↦ uᵀJ(x), recorded. Its inputs are
 * those of the point and the cotangents.
 */
export function derivativeOf(who: string, point: Point, cotangents: readonly Tensor[]): Point {
  const n = point.inputs.length
  const fn: Checked = (...inputs) => {
    const [xs, us] = [inputs.slice(0, n), inputs.slice(n)]
    const leaves = point.moved.map((i) => xs[i])
    return pull(who, { outputs: point.results(xs), leaves }, us, true)
  }
  return new Point(
    fn,
    [...point.inputs, ...cotangents],
    [...point.moved, ...cotangents.map((_, k) => n + k)],
    who,
  )
}

/** Random numbers of ±[½, 2): uneven, none near 0. */
export function uneven(shapes: readonly Shape[], generator: Generator): Tensor[] {
  return shapes.map((shape) => {
    const drawn = rand(shape, { dtype: 'float64', generator }).toTypedArray()
    return tensor(
      Float64Array.from(drawn, (r) => (r < 0.5 ? -(0.5 + 3 * r) : 3 * r - 1)),
      { shape },
    )
  })
}

/**
 * The places of the float64 inputs. Throws a ValueError unless there is one, a DTypeError for an
 * input that is no tensor, a CheckError for float32.
 */
export function requireDifferentiable(who: string, inputs: readonly Tensor[]): number[] {
  if (!Array.isArray(inputs))
    throw new ValueError(`${who}: expected an array of tensors as inputs, got ${shown(inputs)}`)
  const found = inputs.flatMap((x: unknown, i) => {
    if (!(x instanceof Tensor))
      throw new DTypeError(`${who}: expected input ${i} to be a Tensor, got ${noTensor(x)}`)
    if (x.dtype === 'float32')
      throw new CheckError(
        `${who}: expected float64 inputs, got float32 ${show(x.shape)} as input ${i}: convert ` +
          `it with .to('float64'), its rounding would hide the differences`,
        { check: 'dtype', input: i },
      )
    return x.dtype === 'float64' ? [i] : []
  })
  if (found.length === 0)
    throw new ValueError(`${who}: expected at least one float64 input, got none`)
  return found
}
