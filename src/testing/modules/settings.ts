// The options of checkModule and its report, as types; no law is checked here.

import type { Shape } from '../../tensor/index.ts'
import type { SearchOptions } from './search.ts'

/** The random inputs of a module, the laws that it need not keep, and the tolerance. */
export interface CheckModuleOptions extends SearchOptions {
  /**
   * The axis along which the tensors of the input are a batch (0). Where these axes differ, a list
   * with one for each tensor in order, null for a tensor that the whole batch shares. null for a
   * module whose outputs mix the batch, like a loss: it is not held to the laws of the batch. The
   * axes of the outputs are found by trial.
   */
  batchAxis?: number | null | readonly (number | null)[] | undefined
  /**
   * The tolerance for outputs and gradients of a batch beside those of its members, relative to the
   * largest among them (1e-9 for float64, 1e-4 for float32).
   */
  rtol?: number | undefined
  /**
   * The mode of `checkGradients` for a float64 module: every element ('full'), or a random
   * direction of each parameter ('projected', the default).
   */
  differences?: 'full' | 'projected' | undefined
  /**
   * Parameters by name that need not receive a gradient, or none beyond rounding, each with the
   * reason: `{ weight_hh_l0: 'one step, nothing to recur to' }`.
   */
  exempt?: Readonly<Record<string, string>> | undefined
}

/** The options that laws depend on, with their defaults filled in. */
export type Settings = CheckModuleOptions &
  Required<Pick<CheckModuleOptions, 'exempt'>> & { seed: number }

/** The report of one parameter. */
export interface ParameterReport {
  /** Its dotted name. */
  name: string
  /** Its shape. */
  shape: Shape
  /** 'float32' or 'float64'. */
  dtype: string
  /**
   * The laws this parameter was held to. 'differences' needs float64, the laws of the batch inputs
   * of at least two.
   */
  laws: string[]
  /** The largest relative error in them. */
  error: number
  /** The reason why it need not receive a gradient, where it is exempt. */
  exempt?: string
}

/** The report of `checkModule` when every law holds. */
export interface ModuleReport {
  /** The module's name for itself. */
  module: string
  /** One for each of its parameters. */
  parameters: ParameterReport[]
  /** The largest relative error of all, those of outputs and of inputs' gradients included. */
  worst: number
  /**
   * How many comparisons rounding or a kink left undecided in some run. For each parameter another
   * run decided them.
   */
  undecided: number
  /** How many random inputs were tried. */
  runs: number
  /** The seed: the same one gives the same inputs. */
  seed: number
}
