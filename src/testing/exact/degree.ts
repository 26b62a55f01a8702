// Bounds of the degrees of quotients of polynomials, one for all elements of an array: over a
// common denominator, so that sums of elements do not add to it.

/** A factor of a denominator: its degree, and how often it occurs. */
interface Factor {
  readonly degree: number
  readonly times: number
}

/** The degree of all numerators over the common denominator, and its factors. */
export interface Degree {
  readonly above: number
  readonly below: ReadonlyMap<symbol, Factor>
}

const NOTHING: ReadonlyMap<symbol, Factor> = new Map()

export const CONSTANT: Degree = { above: 0, below: NOTHING }
/** Of a number that was drawn at random. */
export const FREE: Degree = { above: 1, below: NOTHING }

const ofDenominator = (below: ReadonlyMap<symbol, Factor>): number => {
  let sum = 0
  for (const { degree, times } of below.values()) sum += degree * times
  return sum
}

/** A bound for numerator and denominator together. */
export const totalOf = ({ above, below }: Degree): number => above + ofDenominator(below)

/** The factors of both, each as often as `times` says. */
function merged(
  a: Degree,
  b: Degree,
  times: (m: number, n: number) => number,
): ReadonlyMap<symbol, Factor> {
  if (a.below === b.below || b.below.size === 0) {
    if (times(1, 1) === 1 || b.below.size === 0) return a.below
  }
  const all = new Map(a.below)
  for (const [factor, { degree, times: n }] of b.below)
    all.set(factor, { degree, times: times(all.get(factor)?.times ?? 0, n) })
  return all
}

/** Of elements of one or the other, and of sums of both. */
export function ofSum(a: Degree, b: Degree): Degree {
  const below = merged(a, b, Math.max)
  const whole = ofDenominator(below)
  const own = (x: Degree): number => x.above + whole - ofDenominator(x.below)
  return { above: Math.max(own(a), own(b)), below }
}

export const ofProduct = (a: Degree, b: Degree): Degree => ({
  above: a.above + b.above,
  below: merged(a, b, (m, n) => m + n),
})

/** Of the inverses of n elements: the product of their numerators is the denominator of all. */
export const ofInverse = ({ above, below }: Degree, n: number): Degree =>
  above === 0 && below.size === 0
    ? CONSTANT
    : {
        above: ofDenominator(below) + Math.max(0, n - 1) * above,
        below: new Map([[Symbol('denominators'), { degree: n * above, times: 1 }]]),
      }

/** Of n elements that are each a quotient of polynomials of this degree. */
export const ofQuotients = (degree: number, n: number): Degree =>
  ofProduct({ above: degree, below: NOTHING }, ofInverse({ above: degree, below: NOTHING }, n))
