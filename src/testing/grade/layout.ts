// What the two layouts have in common: nested arrays, the arguments of a student's functions, and
// the names of what they return.
import { stack, type Tensor } from '../../tensor/index.ts'
import type { Form, Problem } from './problem.ts'
import type { Gradients, Step } from './tape.ts'

export type Nested = number | readonly Nested[]
export type Named = Readonly<Record<string, Nested>>

export interface Layout {
  /** The arguments of the forward function. */
  forward(problem: Problem): unknown[]
  /** What the forward function returns first, in this order: as much of it as is compared. */
  outputs(problem: Problem, steps: readonly Step[]): Named
  /** The upstream gradients, which go before the cache in the backward function. */
  upstream(problem: Problem): Nested[]
  /** The cache of one step. */
  cache(problem: Problem, step: Step): object
  /** What else than the list of its steps' caches the cache of a sequence is in some course. */
  whole(problem: Problem, caches: readonly object[], steps: readonly Step[]): unknown[]
  /** What the backward function returns, in this order. */
  gradients(form: Form, gradients: Gradients): Named
}

/** Read by names, or these one after another as the documents' tuples. */
export const tuple = (cache: Record<string, unknown>, names = Object.keys(cache)): object =>
  Object.defineProperty(cache, Symbol.iterator, {
    value: () => names.map((name) => cache[name])[Symbol.iterator](),
  })

/** The states of a sequence, (N, T, H). */
export const states = (steps: readonly Step[]): Tensor =>
  stack(
    steps.map(({ h }) => h),
    1,
  )

export const numbers = (t: Tensor): Nested => t.toArray() as Nested
