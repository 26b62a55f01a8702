// The options of checkGradients: their types and their requirements; no derivative is checked here.

import { ValueError } from '../../tensor/index.ts'
import { requireFraction, requireTolerance, requireWhole, shown } from '../../tensor/internal.ts'

/** How far and how closely derivatives are checked. */
export interface CheckGradientsOptions {
  /**
   * 'full' (default): every element of the Jacobian, four evaluations of fn for each input element
   * and one walk for each output element. 'projected': the slope of Σ u·fn along random directions,
   * one for all elements whose parts of it are of like size, two evaluations each, whatever the
   * size.
   */
  mode?: 'full' | 'projected' | undefined
  /** Up to which order derivatives are checked; default 1. */
  order?: 1 | 2 | 3 | undefined
  /**
   * The step of the five-point difference relative to max(1, |x|); default 2⁻¹⁰. In mode
   * 'projected' the two-point step is 2⁻⁷ of it.
   */
  step?: number | undefined
  /**
   * a and n agree when |a − n| ≤ rtol · max(|a|, |n|), and n is known as closely as that; default
   * 1e-6.
   */
  rtol?: number | undefined
  /**
   * What differences cannot tell is passed over, and counted as undecided, where neither a nor n
   * can be larger; default 0: nothing is.
   */
  atol?: number | undefined
  /** Of cotangents and directions; default 0. */
  seed?: number | undefined
}

/** The options with their defaults filled in. */
export type Settings = {
  [Name in keyof CheckGradientsOptions]-?: Exclude<CheckGradientsOptions[Name], undefined>
}

/** Throws a ValueError unless every setting is one that derivatives can be checked with. */
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
