// Points of the unit circle over the field, by which angles are added.

import {
  addInto,
  type Field,
  fieldOf,
  mulInto,
  negInto,
  ONE,
  quotientOf,
  subInto,
} from './field.ts'

export interface Point {
  readonly cos: Field
  readonly sin: Field
}

/** (1 − t², 2t) / (1 + t²), a point of the circle. */
export function pointOf(t: Field): Point {
  const [square, above, below] = [fieldOf(1), fieldOf(1), fieldOf(1)]
  mulInto(square, 0, t, 0, t, 0)
  addInto(below, 0, ONE, 0, square, 0)
  subInto(above, 0, ONE, 0, square, 0)
  const cos = quotientOf(above, below)
  addInto(above, 0, t, 0, t, 0)
  return { cos, sin: quotientOf(above, below) }
}

/** The point at the sum of two angles. */
export function turned(a: Point, b: Point): Point {
  const [cos, sin, other] = [fieldOf(1), fieldOf(1), fieldOf(1)]
  mulInto(cos, 0, a.cos, 0, b.cos, 0)
  mulInto(other, 0, a.sin, 0, b.sin, 0)
  subInto(cos, 0, cos, 0, other, 0)
  mulInto(sin, 0, a.sin, 0, b.cos, 0)
  mulInto(other, 0, a.cos, 0, b.sin, 0)
  addInto(sin, 0, sin, 0, other, 0)
  return { cos, sin }
}

/** The point at n times an angle. */
export function multipleOf(point: Point, n: number): Point {
  let power: Point = { cos: ONE, sin: fieldOf(1) }
  for (const digit of Math.abs(n).toString(2)) {
    power = turned(power, power)
    if (digit === '1') power = turned(power, point)
  }
  const sin = power.sin.slice()
  if (n < 0) negInto(sin, 0, sin, 0)
  return { cos: power.cos, sin }
}
