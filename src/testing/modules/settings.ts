// The options of checkModule and its report, as types; no law is checked here.

import type { Shape } from '../../tensor/index.ts'
import type { SearchOptions } from './search.ts'

/** How many cases a module is held to, and how closely. */
export interface CheckModuleOptions extends SearchOptions {
  /**
   * The axis along which the tensors of the input are a batch (0); where they differ, a list, one
   * for each tensor in order, null for one that all share. null for a module whose outputs mix the
   * batch, a loss: the laws of the batch are then left out. Axes of the outputs are found out.
   */
  batchAxis?: number | null | readonly (number | null)[] | undefined
  /**
   * How far outputs and gradients of a batch may be from those of its singles, relative to the
   * largest among them (1e-9 for float64, 1e-4 for float32).
   */
  rtol?: number | undefined
  /**
   * How gradients of a float64 module are held to differences: every element ('full'), or a random
   * direction of each parameter ('projected', the default).
   */
  differences?: 'full' | 'projected' | undefined
  /**
   * Parameters by name that need not receive a gradient, or one that can be told from rounding,
   * each with the reason: `{ weight_hh_l0: 'one step, nothing to recur to' }`.
   */
  exempt?: Readonly<Record<string, string>> | undefined
}

/** The options that laws depend on, with their defaults filled in. */
export type Settings = CheckModuleOptions &
  Required<Pick<CheckModuleOptions, 'exempt'>> & { seed: number }

/** What one parameter was held to. */
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
  /** The largest relative error met in them. */
  error: number
  /** Why it need not receive a gradient; where it is exempted. */
  exempt?: string
}

/** What `checkModule` returns when every law holds. */
export interface ModuleReport {
  /** How the module names itself. */
  module: string
  /** One for each of its parameters. */
  parameters: ParameterReport[]
  /** The largest relative error of all, those of outputs and of inputs' gradients among them. */
  worst: number
  /**
   * How many comparisons were left undecided by rounding, or by a kink, in some run. Each
   * parameter's were decided in another.
   */
  undecided: number
  /** How many random inputs were tried. */
  runs: number
  /** The same one gives the same inputs. */
  seed: number
}
