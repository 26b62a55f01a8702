// A few kills at random moments; `npm run kill` does a hundred.

import { expect, it } from 'vitest'
import { survival } from './kills.ts'

it('a training that is killed and resumed ends with the bits of one that was not', async () => {
  const seed = Math.floor(Math.random() * 1e6)
  const { kills, ends, expected, wrong } = await survival(60, 4, seed)
  expect(expected).toMatch(/^[0-9a-f]{64}\n$/)
  expect(kills).toBe(4)
  expect(ends).toBeGreaterThan(0)
  expect(wrong, `npm run kill -- --steps 60 --kills 4 --seed ${seed}`).toEqual([])
})
