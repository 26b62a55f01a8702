// Numbers on a grid, the simplest first, and a choice among them that shrinks towards those; the
// callers choose the grid.

import fc from 'fast-check'
import { ValueError } from '../../tensor/index.ts'
import { requireNumbers, shown } from '../../tensor/internal.ts'

/** Throws a ValueError unless x is an arbitrary of fast-check. */
export function requireArbitrary(who: string, what: string, x: unknown): void {
  if (
    !(x instanceof fc.Arbitrary) &&
    typeof (x as { generate?: unknown } | null | undefined)?.generate !== 'function'
  )
    throw new ValueError(
      `${who}: expected ${what} to be an arbitrary of fast-check, got ${shown(x)}`,
    )
}

/** Numbers of a larger grid are hard to read. */
const MOST = 2 ** 16

const partsOf = (x: number): number =>
  [1, 2, 4, 8, 16].find((n) => Number.isInteger(x * n)) as number
/**
 * Negative when x is simpler than y: 0 is the simplest, whole numbers come before halves, quarters.
 */
const simplicity = (x: number, y: number): number =>
  partsOf(x) - partsOf(y) || Math.abs(x) - Math.abs(y) || y - x

/** The multiples of `step` from `min` to `max`, the simplest first. */
export function simplestFirst(min: number, max: number, step: number): number[] {
  requireNumbers('tensorOf', { min, max })
  const [low, high] = [Math.ceil(min / step), Math.floor(max / step)]
  if (!(low <= high && high - low < MOST))
    throw new ValueError(
      `tensorOf: expected a range with 1 to ${MOST} multiples of ${step}, got ${min} to ${max}`,
    )
  return Array.from({ length: high - low + 1 }, (_, i) => (low + i) * step).sort(simplicity)
}

/**
 * One number of a list that begins with the simplest. It shrinks to the simplest ones and to
 * roundings of itself.
 */
export class Choice extends fc.Arbitrary<number> {
  readonly #list: readonly number[]
  readonly #at: fc.Arbitrary<number>

  constructor(list: readonly number[]) {
    super()
    this.#list = list
    this.#at = fc.nat(list.length - 1)
  }

  override generate(random: fc.Random, bias: number | undefined): fc.Value<number> {
    return new fc.Value(this.#list[this.#at.generate(random, bias).value], undefined)
  }

  override canShrinkWithoutContext(value: unknown): value is number {
    return this.#list.includes(value as number)
  }

  override shrink(x: number): fc.Stream<fc.Value<number>> {
    const roundings = [1, 2, 4, 8].flatMap((parts) => [
      Math.floor(x * parts) / parts,
      Math.ceil(x * parts) / parts,
    ])
    const simpler = new Set(
      [...this.#list.slice(0, 5), ...roundings]
        .filter((to) => simplicity(to, x) < 0 && this.#list.includes(to))
        .sort(simplicity),
    )
    return fc.Stream.of(...[...simpler].map((to) => new fc.Value(to, undefined)))
  }
}
