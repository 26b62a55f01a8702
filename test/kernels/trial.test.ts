// The choice between the product's tiles: by a clock of the test's own, because what it says on a
// real one depends on the machine.

import { expect, test } from 'vitest'
import { type Tile, tallTilesAreFaster } from '../../src/kernels/trial.ts'

const START = 64

/**
 * The choice where one call of each tile takes as long as said, and each adds what a tile of its
 * shape should, or `off` by a little.
 */
function choice(tallTakes: number, wideTakes: number, off = 0): boolean {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const numbers = new Float32Array(memory.buffer)
  let milliseconds = 0
  const tile =
    (rows: number, columns: number, takes: number): Tile =>
    (c, a, b, depth) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          for (let p = 0; p < depth; p++)
            numbers[c / 4 + i * columns + j] +=
              numbers[a / 4 + p * rows + i] * numbers[b / 4 + p * columns + j]
        }
      }
      numbers[c / 4 + rows * columns - 1] += off
      milliseconds += takes
    }
  const chosen = tallTilesAreFaster(
    { tall: tile(4, 16, tallTakes), wide: tile(2, 24, wideTakes) },
    memory,
    START,
    () => milliseconds,
  )
  expect(numbers.slice(0, START / 4)).toEqual(new Float32Array(START / 4))
  return chosen
}

// A call of the tall tile does 64 products for each 48 of the other.
test('tall tiles where they are clearly faster for what they compute', () => {
  expect(choice(64, 96)).toBe(true)
  expect(choice(48, 48)).toBe(true)
})

test('not where they are slower, or hardly faster', () => {
  expect(choice(96, 48)).toBe(false)
  expect(choice(64, 48)).toBe(false)
  expect(choice(58, 48)).toBe(false)
})

test('not where they compute something else, however fast', () => {
  expect(choice(1, 48, 1)).toBe(false)
  expect(choice(1, 48, Number.NaN)).toBe(false)
})
