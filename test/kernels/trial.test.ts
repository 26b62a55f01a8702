// The choice between the product's tiles: by a clock of the test's own, because what it says on a
// real one depends on the machine.

import { expect, test } from 'vitest'
import { type Tile, tallTilesAreFaster } from '../../src/kernels/trial.ts'

const START = 64

/** How long a call of a tile takes in milliseconds, before and after the engine optimises it. */
interface Times {
  optimised: number
  before: number
  /** Whether it is optimised at this time, after so many calls of its own. */
  from(now: number, calls: number): boolean
}
const soon = (optimised: number, before: number): Times => ({
  optimised,
  before,
  from: (_now, calls) => calls > 300,
})

/** The choice, and how long it took, where each tile adds what it should, or `off` by a little. */
function trial(tallTakes: Times, wideTakes: Times, off = 0): { chosen: boolean; took: number } {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const numbers = new Float32Array(memory.buffer)
  let now = 0
  const tile = (rows: number, columns: number, times: Times): Tile => {
    let calls = 0
    return (c, a, b, depth) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          // The deeper ones are only timed.
          for (let p = 0; p < Math.min(depth, 5); p++)
            numbers[c / 4 + i * columns + j] +=
              numbers[a / 4 + p * rows + i] * numbers[b / 4 + p * columns + j]
        }
      }
      numbers[c / 4 + rows * columns - 1] += off
      now += times.from(now, ++calls) ? times.optimised : times.before
    }
  }
  const chosen = tallTilesAreFaster(
    { tall: tile(4, 16, tallTakes), wide: tile(2, 24, wideTakes) },
    memory,
    START,
    () => now,
  )
  expect(numbers.slice(0, START / 4)).toEqual(new Float32Array(START / 4))
  return { chosen, took: now }
}
const choice = (...given: Parameters<typeof trial>): boolean => trial(...given).chosen

// A call of the tall tile does 64 products for each 48 of the other. Times in units of 0.1 µs.
const [tall, wide] = [64, 48].map(
  (products) => (optimised: number, before: number) =>
    soon(optimised * products * 1e-4, before * products * 1e-4),
)

test('tall tiles where they are clearly faster for what they compute', () => {
  expect(choice(tall(0.55, 4), wide(1, 4))).toBe(true)
  expect(choice(tall(0.75, 4), wide(1, 4))).toBe(true)
})

test('not where they are slower, or hardly faster', () => {
  expect(choice(tall(1.6, 4), wide(1, 4))).toBe(false)
  expect(choice(tall(1, 4), wide(1, 4))).toBe(false)
  expect(choice(tall(0.85, 4), wide(1, 4))).toBe(false)
})

test('code that is not optimised decides nothing', () => {
  expect(choice(tall(0.55, 8), wide(1, 3))).toBe(true)
  expect(choice(tall(1.6, 3), wide(1, 8))).toBe(false)
})

test('a tall tile that is optimised first waits for the wide one', () => {
  const late: Times = { ...wide(1, 4), from: (now) => now > 30 }
  expect(choice({ ...tall(1.6, 4), from: () => true }, late)).toBe(false)
  expect(choice({ ...tall(0.55, 4), from: (now) => now > 60 }, late)).toBe(true)
})

test('not where the engine optimises nothing in a quarter of a second', () => {
  const never = { from: () => false }
  for (const { chosen, took } of [
    trial(tall(0.55, 4), { ...wide(1, 4), ...never }),
    trial({ ...tall(0.55, 4), ...never }, wide(1, 4)),
    trial({ ...tall(0.55, 0.55), ...never }, { ...wide(1, 1), ...never }),
  ]) {
    expect(chosen).toBe(false)
    expect(took).toBeGreaterThan(200)
    expect(took).toBeLessThan(300)
  }
})

test('not where they compute something else, however fast', () => {
  for (const off of [1, Number.NaN]) {
    const { chosen, took } = trial(tall(0.1, 4), wide(1, 4), off)
    expect(chosen).toBe(false)
    expect(took).toBeLessThan(1)
  }
})
