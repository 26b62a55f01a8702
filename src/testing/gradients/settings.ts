// The options of checkGradients: their types and their requirements; no derivative is checked here.

import { ValueError } from '../../tensor/index.ts'
import { requireFraction, requireTolerance, requireWhole, shown } from '../../tensor/internal.ts'

/** How far and how closely derivatives are checked. */
export interface CheckGradientsOptions {
  /**
   * 'full' (default): every element of the Jacobian, by four evaluations of fn for each input
   * element and one backward pass for each output element. 'projected': the slope of Σ u·fn along
   * a random direction (several where the elements' parts of the slope differ much in size), by two
   * evaluations for each, however many elements there are.
   */
  mode?: 'full' | 'projected' | undefined
  /** The highest order of the derivatives that are checked; default 1. */
  order?: 1 | 2 | 3 | undefined
  /**
   * The step of the five-point difference relative to max(1, |x|); default 2⁻¹⁰. In mode
   * 'projected' the two-point step is 2⁻⁷ of it.
   */
  step?: number | undefined
  /**
   * a and n agree when |a − n| ≤ rtol · max(|a|, |n|), and the error of n is no larger than that;
   * default 1e-6.
   */
  rtol?: number | undefined
  /**
   * An undecided derivative is passed over, and counted, where neither a nor n can be larger;
   * default 0: none is.
   */
  atol?: number | undefined
  /** The seed of cotangents and directions; default 0. */
  seed?: number | undefined
}

/** The options with their defaults filled in. */
export type Settings = {
  [Name in keyof CheckGradientsOptions]-?: Exclude<CheckGradientsOptions[Name], undefined>
}

/** Throws a ValueError unless derivatives can be checked with these settings. */
export function requireSettings(who: string, settings: Settings): void {
  const { mode, order, step, rtol, atol, seed } = settings
  if (mode !== 'full' && mode !== 'projected')
    throw new ValueError(`${who}: expected mode to be 'full' or 'projected', got ${shown(mode)}`)
  if (![1, 2, 3].includes(order))
    throw new ValueError(`${who}: expected order to be 1, 2 or 3, got ${shown(order)}`)
  for (const [name, x] of Object.entries({ step, rtol })) requireFraction(who, name, x)
  requireTolerance(who, 'atol', atol)
  requireWhole(who, 'seed', seed, 0)
}
