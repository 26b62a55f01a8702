// Which sides of kinks were seen, over all points, and how far those lie that were not. It compares
// nothing.

/** An element of an op that takes one of two branches. */
export interface Side {
  /** The op and the element. */
  readonly label: string
  /** A text for the numbers compared, by which the same kink is known in another op. */
  readonly identity: string
  /** Whether it is turned around: b − a for a − b. */
  readonly isTurned: boolean
  readonly isAbove: boolean
  /** The factor from the number to the kink, or 0 where there is none. */
  readonly reach: number
  /** Whether a cotangent decides. */
  readonly isOfCotangent: boolean
}

export type NoteSide = (side: Side) => void

interface Kink {
  seen: number
  reach: number
}

/** Kinks nearer than this factor are reached without it. */
const NEAR = 4
const FAREST = 2 ** 60
/** Cotangents have sizes that differ by this factor themselves. */
const MOST_SIZES = 2 ** 16

export class Sides {
  readonly #kinks = new Map<string, Kink>()
  readonly #known = new Map<string, { readonly label: string; readonly isTurned: boolean }>()
  /** Whether a cotangent decided between branches. */
  isOfCotangent = false

  readonly note: NoteSide = ({ label, identity, isTurned, isAbove, reach, isOfCotangent }) => {
    this.isOfCotangent ||= isOfCotangent
    const known = this.#known.get(identity) ?? { label, isTurned }
    this.#known.set(identity, known)
    const kink = this.#kinks.get(known.label) ?? { seen: 0, reach: 0 }
    kink.seen |= isAbove === (isTurned === known.isTurned) ? 2 : 1
    kink.reach = isOfCotangent && reach < MOST_SIZES ? 0 : reach
    this.#kinks.set(known.label, kink)
  }

  get oneSided(): number {
    return this.#open().length
  }

  /** Factors, powers of 2, that lead over the kinks of which one side was seen, each once. */
  reaches(): number[] {
    const far = this.#open().filter(
      ({ reach }) => reach > 0 && reach <= FAREST && (reach > NEAR || reach < 1 / NEAR),
    )
    return [
      ...new Set(far.map(({ reach }) => 2 ** (Math.ceil(Math.log2(reach)) + (reach > 1 ? 1 : -2)))),
    ]
  }

  #open(): Kink[] {
    return [...this.#kinks.values()].filter(({ seen }) => seen !== 3)
  }
}
