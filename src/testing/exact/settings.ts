// The options of checkExactly and its report; nothing is checked here.

import type { Tensor } from '../../tensor/index.ts'
import type { Checked } from '../gradients/point.ts'

/**
 * What ops of the caller's compute, by their names. A function of their inputs, written with
 * tensors, defines the op. Where there is none, `slope` is the derivative of a function of one
 * tensor, written with its input x and its result y.
 */
export type ExactOps = Readonly<
  Record<
    string,
    ((...inputs: Tensor[]) => Tensor) | { readonly slope: (x: Tensor, y: Tensor) => Tensor }
  >
>

/** What gradients are compared with, and to which order. */
export interface CheckExactlyOptions<X extends readonly Tensor[] = readonly Tensor[]> {
  /** The highest order of the derivatives that are checked; default 1. */
  order?: 1 | 2 | 3 | undefined
  /** The seed of all random numbers; default 0. */
  seed?: number | undefined
  /**
   * Formulas derived by hand, written with tensors: from the inputs, the cotangents of fn's float
   * results and these results, the gradient of each input, or null for one that is left out.
   */
  gradients?:
    | ((
        inputs: { -readonly [K in keyof X]: Tensor },
        cotangents: readonly Tensor[],
        results: readonly Tensor[],
      ) => readonly (Tensor | null)[])
    | undefined
  /** Another function, whose results and gradients must be the same. */
  equals?: Checked<X> | undefined
  /**
   * Whether fn and its ops also run on small whole numbers (false), where floats are exact: the
   * results, plain gradients and sums of gradients of kernels that compute polynomials must be
   * those of the field, and derivatives at ties those that the ops' documentation says.
   */
  kernels?: boolean | undefined
  /** What the caller's own ops compute: the field has the built-in ones alone. */
  ops?: ExactOps | undefined
}

/** The report of `checkExactly` when everything is equal. */
export interface ExactReport {
  /** The highest order of the derivatives that were checked. */
  readonly order: number
  /** The seed: the same one gives the same check. */
  readonly seed: number
  /** How many points were tried: one, or up to 38 where there are kinks. */
  readonly points: number
  /** How many ops were evaluated at the last point, those of all derivatives included. */
  readonly ops: number
  /** How many numbers were compared: derivatives along a direction, and elements. */
  readonly comparisons: number
  /** How many numbers were drawn at the last point, for the results of exp, tanh and the like. */
  readonly free: number
  /** A bound of the degree of all that was compared, as polynomials in the numbers drawn. */
  readonly degree: number
  /**
   * The probability of taking unequal functions for equal is at most this: degree / 2⁶¹, to the
   * power of as many random numbers as it takes for 10⁻⁹.
   */
  readonly bound: number
  /**
   * How many elements at a kink, of fn, a derivative, a formula or the other function, were on one
   * side of it at every point; the same kink counts once.
   */
  readonly oneSided: number
  /** How many combinations of sides were tried: 1, or more where there are kinks. */
  readonly combinations: number
  /**
   * How many parts of the lines were left, each of which has another combination: 0 says that all
   * parts of the lines were tried, not all combinations of sides. Kinks divide a line through the
   * inputs into parts, in which the combinations differ; of the first line at most 12 parts are
   * tried, of up to three others at most 6, the widest first.
   */
  readonly untried: number
}
