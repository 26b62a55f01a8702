// Floats that stand for fractions which no float is, as 0.3333 does for 1/3: whether these explain
// a difference. It words nothing.

import type { Tensor } from '../../tensor/index.ts'
import { isFloat } from '../../tensor/internal.ts'
import type { ExactArray } from './array.ts'
import { constantOf } from './array.ts'
import { isDifferent } from './examine.ts'
import { copyInto, fieldOf, quotientOf, setNumber } from './field.ts'
import { Unusable } from './ops/op.ts'
import { type Failure, settled } from './points.ts'

/** The largest denominator, of fractions that people write. */
const MOST = 100

export interface Fraction {
  readonly float: number
  readonly above: number
  readonly below: number
}

/** The fraction that this float is the nearest one to; null where there is none, or it is one. */
function fractionOf(float: number, dtype: Tensor['dtype']): Fraction | null {
  for (let below = 1; below <= MOST; below++) {
    const above = Math.round(float * below)
    const nearest = dtype === 'float32' ? Math.fround(above / below) : above / below
    if (nearest === float)
      return Number.isInteger(Math.log2(below)) ? null : { float, above, below }
  }
  return null
}

/** The fraction that a constant stands for, with which nothing is different; null for none. */
export function roundedIn({ recording }: Failure, seed: number): Fraction | null {
  const { tape, levels } = recording
  const given = new Map<Tensor, ExactArray>()
  const drawn = new Set(levels.flatMap(({ by, cotangents }) => [...by, ...cotangents]))
  let found: Fraction | null = null
  for (const t of new Set(tape.calls.flatMap(({ inputs }) => inputs))) {
    if (drawn.has(t) || !isFloat(t.dtype) || tape.madeBy(t) !== null) continue
    const value = constantOf(t)
    for (const [k, float] of Float64Array.from(t.toTypedArray()).entries()) {
      const fraction = fractionOf(float, t.dtype)
      if (fraction === null) continue
      found ??= fraction
      const [above, below] = [fieldOf(1), fieldOf(1)]
      setNumber(above, 0, fraction.above)
      setNumber(below, 0, fraction.below)
      copyInto(value.numbers, k, quotientOf(above, below), 0)
      given.set(t, value)
    }
  }
  if (found === null) return null
  try {
    return isDifferent(settled(recording, seed, { given })) ? null : found
  } catch (error) {
    if (error instanceof Unusable) return null
    throw error
  }
}
