// The choice between two shapes of the matrix product's tiles: both are timed at start-up. The
// tiles are compiled from assembly/trial.ts; compile.ts asks for the choice.

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
const ROUNDS = 8
const CALLS = 16
/** Tall tiles take 0.55 to 0.7 of the wide ones' time where they are faster, else 1.03 and more. */
const CLEARLY = 0.8

const [A, B] = [TALL[0] * TALL[1], TALL[0] * TALL[1] + TALL[0] * DEPTH]

/**
 * Whether tiles of four rows compute the product, and clearly faster than tiles of two: as where V8
 * combines two operations of 128 bits into one of 256. Writes to `memory` from the address `start`
 * on; `now` returns milliseconds.
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
  const time = (tile: Tile): number => {
    const began = now()
    for (let i = 0; i < CALLS; i++) call(tile, DEPTH)
    return now() - began
  }
  // In turns: so a machine that is slow for a while slows both.
  let [ofTall, ofWide] = [Infinity, Infinity]
  for (let round = 0; round < ROUNDS; round++) {
    ofTall = Math.min(ofTall, time(tall) / (TALL[0] * TALL[1]))
    ofWide = Math.min(ofWide, time(wide) / (WIDE[0] * WIDE[1]))
  }
  return ofTall < CLEARLY * ofWide
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
