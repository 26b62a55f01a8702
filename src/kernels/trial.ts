// The choice between two shapes of the matrix product's tiles: both are timed. The tiles are
// compiled from assembly/trial.ts; compile.ts asks for the choice.

import type { Memory } from './interface.ts'
import { viewOf } from './memory/views.ts'

/** c (rows, columns) += aᵀ · b for a (depth, rows), b (depth, columns), at these addresses. */
export type Tile = (c: number, a: number, b: number, depth: number) => void

/** Rows and columns of the tiles. */
const TALL = [4, 16] as const
const WIDE = [2, 24] as const
/** The depth of the products that are timed, and of the one that is compared. */
const DEPTH = 128
const SHALLOW = 5
const CALLS = 16
/** Rounds in which both tiles are timed after the engine has optimised them. */
const ROUNDS = 64
/** The first rounds run code that is not optimised, which takes 2.4 to 8 times as long. */
const FIRST_ROUNDS = 4
const OPTIMISED = 0.7
/** Milliseconds that the engine has to optimise both tiles; it takes 2 to 10. */
const PATIENCE = 250
/** Tall tiles take 0.55 to 0.7 of the wide ones' time where they are faster, else 1.03 and more. */
const CLEARLY = 0.8

const [A, B] = [TALL[0] * TALL[1], TALL[0] * TALL[1] + TALL[0] * DEPTH]

/** A tile, and its least time for a product of its shape. */
class Timed {
  readonly #round: () => number
  #rounds = 0
  #unoptimised = Infinity
  best = Infinity

  constructor(round: () => number) {
    this.#round = round
  }

  run(): void {
    this.best = Math.min(this.best, this.#round())
    if (++this.#rounds === FIRST_ROUNDS) this.#unoptimised = this.best
  }

  /** Whether the engine has optimised it, as far as its times tell. */
  get isOptimised(): boolean {
    return this.#rounds > FIRST_ROUNDS && this.best < OPTIMISED * this.#unoptimised
  }
}

/**
 * Whether tiles of four rows compute the product, and clearly faster than tiles of two: as where V8
 * combines two operations of 128 bits into one of 256. Both are run until the engine has optimised
 * them, so their module must be new. False where it does not do so in time. Writes to `memory` from
 * the address `start` on; `now` returns milliseconds.
 */
export function tallTilesAreFaster(
  { tall, wide }: Record<'tall' | 'wide', Tile>,
  memory: Memory,
  start: number,
  now: () => number,
): boolean {
  const numbers = viewOf(memory, Float32Array, start, B + WIDE[1] * DEPTH)
  for (let i = 0; i < numbers.length; i++) numbers[i] = i < A ? 0 : ((i * 5) % 11) - 5
  const call = (tile: Tile, depth: number): void => tile(start, start + 4 * A, start + 4 * B, depth)
  call(tall, SHALLOW)
  if (!isProduct(numbers)) return false
  const timed = (tile: Tile, [rows, columns]: readonly [number, number]): Timed =>
    new Timed(() => {
      const began = now()
      for (let i = 0; i < CALLS; i++) call(tile, DEPTH)
      return (now() - began) / (rows * columns)
    })
  const [ofTall, ofWide] = [timed(tall, TALL), timed(wide, WIDE)]
  const end = now() + PATIENCE
  // In turns: so a machine that is slow for a while slows both. The wide tile alone comes first:
  // a tall one that is optimised is never compared with a wide one that is not.
  for (let rounds = 0; now() < end; ) {
    ofWide.run()
    if (!ofWide.isOptimised) continue
    ofTall.run()
    if (ofTall.isOptimised && ++rounds === ROUNDS) return ofTall.best < CLEARLY * ofWide.best
  }
  return false
}

/** Whether c is exactly aᵀ · b: sums of small integers are exact in any order. */
function isProduct(numbers: Float32Array): boolean {
  const [rows, columns] = TALL
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0
      for (let p = 0; p < SHALLOW; p++)
        sum += numbers[A + p * rows + i] * numbers[B + p * columns + j]
      if (numbers[i * columns + j] !== sum) return false
    }
  }
  return true
}
