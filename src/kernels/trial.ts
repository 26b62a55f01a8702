// Which shape of tile suits the engine, tried out at start-up in half a millisecond. What the tiles
// compute is assembly/trial.ts, who asks engine.ts.

import type { Memory } from './compile.ts'
import { viewOf } from './memory/views.ts'

/**
 * c += aᵀ · b, `depth` deep, for operands at these places in the memory: a (depth, rows), b (depth,
 * columns), c (rows, columns).
 */
export type Tile = (c: number, a: number, b: number, depth: number) => void

/** Rows and columns of what each computes. */
const TALL = [4, 16] as const
const WIDE = [2, 24] as const
/** How deep the products are that are timed, and the one that is checked. */
const DEPTH = 128
const SHALLOW = 5
const ROUNDS = 8
const CALLS = 16
/**
 * Of the other's time: 0.55 to 0.7 was seen in 120 starts where tiles of four rows pay, 1.03 to 1.5
 * in 120 where they do not.
 */
const CLEARLY = 0.8

const [A, B] = [TALL[0] * TALL[1], TALL[0] * TALL[1] + TALL[0] * DEPTH]

/**
 * Whether tiles of four rows are right, and faster than those of two: as they are where V8 makes
 * one operation of 256 bits out of two of 128. `memory` is written to from `start` on; `now` tells
 * milliseconds.
 */
export function tallTilesPay(
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
  // Taking turns: what slows the machine for a while slows both.
  let [ofTall, ofWide] = [Infinity, Infinity]
  for (let round = 0; round < ROUNDS; round++) {
    ofTall = Math.min(ofTall, time(tall) / (TALL[0] * TALL[1]))
    ofWide = Math.min(ofWide, time(wide) / (WIDE[0] * WIDE[1]))
  }
  return ofTall < CLEARLY * ofWide
}

/** Whether c is aᵀ · b, to the bit: sums of small whole numbers are exact in any order. */
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
