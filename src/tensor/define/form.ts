// The form of an op, for those that make programs of the tape: elementwise, or one of a few others.
// Ops without a form are computed by themselves.

import type { Rule } from '../../autograd/index.ts'
import type { Code } from '../../kernels/program.ts'
import type { Tensor } from '../core/tensor.ts'

/**
 * An op as a function of the elements in one place, one of each input: by a kernel, by kernels that
 * each combine the value so far with a number, or else by the function itself.
 */
export interface Elementwise<A = unknown> {
  readonly kernel?: Code | undefined
  readonly chain?: ((attrs: A) => readonly (readonly [kernel: Code, number: number])[]) | undefined
  readonly f: (attrs: A) => (...elements: number[]) => number
}

/** What an op does with its inputs; its attributes are those of the rule. */
export type Form<A = unknown> =
  | Elementwise<A>
  | 'alias'
  | 'strided'
  | 'spanSum'
  | 'cat'
  | 'matmul'
  | 'affine'

export type FormedRule<A> = Rule<Tensor, A> & { readonly form: Form<A> }

export const formOf = (rule: Rule<Tensor>): Form | undefined =>
  (rule as Partial<FormedRule<unknown>>).form
