// Which sides of kinks were seen, over all points, and where on a line through them the others lie.
// It compares nothing.

/** An element of an op that takes one of two branches. */
export interface Side {
  /** The op and the element. */
  readonly label: string
  /** A text for the numbers compared, by which the same kink is known in another op. */
  readonly identity: string
  /** Whether it is turned around: b − a for a − b. */
  readonly isTurned: boolean
  readonly isAbove: boolean
  /** The floats that are compared; NaN where these are more than two. */
  readonly floats: readonly [number, number]
  /** Whether a cotangent decides. */
  readonly isOfCotangent: boolean
}

export type NoteSide = (side: Side) => void

/** The floats at a position on the line. */
interface Sample {
  readonly at: number
  readonly floats: readonly [number, number]
}

interface Kink {
  seen: number
  isOfCotangent: boolean
  /** The factor from the number to the kink. */
  reach: number
  /** The last two positions. */
  samples: readonly Sample[]
}

/** Positions that differ by more than this factor are far from each other. */
const NEAR = 4
const FAREST = 2 ** 60
/** Cotangents have sizes that differ by this factor themselves. */
const MOST_SIZES = 2 ** 16
/** Kinks that are nearer to each other, relative to their positions, are taken for one. */
const APART = 1e-9

/** Where on the line both are equal, if they change at the same rate on. */
function rootOf([first, second]: readonly Sample[]): number | null {
  if (second === undefined) return null
  const [da, db] = [0, 1].map((i) => second.floats[i] - first.floats[i])
  const [a, b] = first.floats
  const root = first.at + ((b - a) * (second.at - first.at)) / (da - db)
  return Math.abs(root) <= FAREST ? root : null
}

/** Between two positions, halfway by size where they are far from each other. */
function between(a: number, b: number): number {
  const isFar = a * b > 0 && Math.max(a / b, b / a) > NEAR
  return isFar ? Math.sign(a) * Math.sqrt(a * b) : (a + b) / 2
}

export class Sides {
  readonly #kinks = new Map<string, Kink>()
  readonly #known = new Map<string, { readonly label: string; readonly isTurned: boolean }>()
  /** Combinations of sides that were seen. */
  readonly #combinations = new Set<string>()
  readonly #now = new Map<string, boolean>()
  #visited: number[] = []
  #at: number | null = null
  /** Whether a cotangent decided between branches. */
  isOfCotangent = false

  readonly note: NoteSide = ({ label, identity, isTurned, isAbove, floats, isOfCotangent }) => {
    this.isOfCotangent ||= isOfCotangent
    const known = this.#known.get(identity) ?? { label, isTurned }
    this.#known.set(identity, known)
    const reach = Math.abs(floats[1] / floats[0])
    const kink = this.#kinks.get(known.label) ?? { seen: 0, isOfCotangent, reach, samples: [] }
    const isFirst = isAbove === (isTurned === known.isTurned)
    kink.seen |= isFirst ? 2 : 1
    kink.reach = reach
    if (!isOfCotangent) this.#now.set(known.label, isFirst)
    if (this.#at !== null && kink.samples.at(-1)?.at !== this.#at)
      kink.samples = [...kink.samples.slice(-1), { at: this.#at, floats }]
    this.#kinks.set(known.label, kink)
  }

  /** The points to come lie on another line. */
  turn(): void {
    this.#visited = []
    for (const kink of this.#kinks.values()) kink.samples = []
  }

  /** The next point lies at this position of the line, or on none. */
  enter(at: number | null): void {
    this.#now.clear()
    this.isOfCotangent = false
    this.#at = at
  }

  /** The point could be examined. */
  leave(): void {
    if (this.#at !== null) this.#visited.push(this.#at)
    this.#combinations.add(
      [...this.#now]
        .map(([label, side]) => `${label} ${side}`)
        .sort()
        .join(),
    )
  }

  /** How many kinks there are that the inputs decide, seen from one side alone or from both. */
  get count(): number {
    return [...this.#kinks.values()].filter(({ isOfCotangent }) => !isOfCotangent).length
  }

  get combinations(): number {
    return this.#combinations.size
  }

  get oneSided(): number {
    return this.#open().length
  }

  /** Positions on the line between kinks where no point was, the widest gaps first. */
  gaps(): number[] {
    const roots = [...this.#kinks.values()]
      .flatMap(({ samples }) => rootOf(samples) ?? [])
      .sort((a, b) => a - b)
      .filter((x, k, all) => k === 0 || x - all[k - 1] > APART * Math.abs(x))
    if (roots.length === 0) return []
    const beyond = (x: number): number => Math.max(1, Math.abs(x))
    const last = roots[roots.length - 1]
    const ends = [-Infinity, ...roots, Infinity]
    return roots
      .map((x, k) => (k === 0 ? x - beyond(x) : between(roots[k - 1], x)))
      .concat(last + beyond(last))
      .map((at, k) => ({ at, from: ends[k], to: ends[k + 1] }))
      .filter(({ from, to }) => !this.#visited.some((x) => x > from && x < to))
      .map((gap) => ({ ...gap, width: (gap.to - gap.from) / Math.max(1e-300, Math.abs(gap.at)) }))
      .sort((a, b) => b.width - a.width)
      .map(({ at }) => at)
  }

  /** Factors, powers of 2, by which cotangents reach over kinks of which one side was seen. */
  reaches(): number[] {
    const factors = this.#open()
      .filter(({ isOfCotangent }) => isOfCotangent)
      .flatMap(({ reach }) => [reach, 1 / reach])
      .filter((x) => Math.max(x, 1 / x) >= MOST_SIZES && Math.max(x, 1 / x) <= FAREST)
    return [...new Set(factors.map((x) => 2 ** (Math.ceil(Math.log2(x)) + (x > 1 ? 1 : -2))))]
  }

  #open(): Kink[] {
    return [...this.#kinks.values()].filter(({ seen }) => seen !== 3)
  }
}
