// What the two layouts have in common: nested arrays, the arguments of a student's functions, and
// the names of what they return.
import type { Tensor } from '../../tensor/index.ts'
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
  /** What the backward function returns, in this order. */
  gradients(form: Form, gradients: Gradients): Named
}

export const numbers = (t: Tensor): Nested => t.toArray() as Nested
