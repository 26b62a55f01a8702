// Nobody disposes, and nothing leaks: each test is one synchronous loop, during which no finalizer
// can run. MEMORY_TESTS=full runs the long form.

import {
  crossEntropy,
  Linear,
  LSTM,
  noGrad,
  randint,
  randn,
  SGD,
  TapeError,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { memory } from '../../src/kernels/engine.ts'
import { census } from '../../src/kernels/memory/heap.ts'

const full = process.env.MEMORY_TESTS === 'full'
/** Rounds of a loop: as given in the long form, a twentieth otherwise. */
const rounds = (n: number): number => (full ? n : n / 20)
const MIB = 2 ** 20

/**
 * Runs the body n times in one job and holds what the process grows by, in its second half, to a
 * bound that no leak of the loop would meet.
 */
function flat(n: number, body: (i: number) => void): void {
  const resident = (): number => process.memoryUsage().rss / MIB
  let settled = 0
  let reached = 0
  for (let i = 0; i < n; i++) {
    body(i)
    if (i === Math.floor(n / 2)) [settled, reached] = [resident(), memory.buffer.byteLength]
  }
  expect(resident() - settled, 'MiB resident gained').toBeLessThan(150)
  expect(
    (memory.buffer.byteLength - reached) / MIB,
    'MiB of WebAssembly memory gained',
  ).toBeLessThan(64)
  expect(memory.buffer.byteLength / MIB, 'MiB of WebAssembly memory').toBeLessThan(256)
}

describe('flat memory in one synchronous job', () => {
  test('training steps', () => {
    const model = new LSTM(8, 16)
    const readOut = new Linear(16, 8)
    const optimiser = new SGD([...model.parameters(), ...readOut.parameters()], { lr: 0.01 })
    const x = randn([4, 5, 8])
    const y = randint(0, 8, [4, 5])
    let kept = 0
    flat(rounds(100_000), (i) => {
      optimiser.zeroGrad()
      const loss = crossEntropy(readOut.forward(model.forward(x).output), y)
      loss.backward()
      optimiser.step()
      if (i === 50) kept = census().bytes
      if (i > 50 && i % 500 === 0)
        expect(census().bytes, 'bytes in blocks').toBeLessThan(kept + 40 * MIB)
    })
  })

  test('forward passes with gradients on and never a backward', () => {
    const model = new LSTM(8, 16)
    const x = randn([4, 5, 8])
    flat(rounds(100_000), () => model.forward(x))
  })

  test('plain arithmetic', () => {
    const a = tensor(0.5)
    const b = randn([100])
    let x = zeros([100])
    flat(rounds(1_000_000), () => {
      x = x.mul(a).add(b)
    })
    const expected = b.toTypedArray().map((n) => n * 2)
    for (const [i, n] of x.toTypedArray().entries()) expect(n).toBeCloseTo(expected[i], 4)
  })

  test('large plain arithmetic', () => {
    let x = zeros([64, 1024])
    flat(rounds(20_000), () => {
      x = x.mul(0.5).add(1)
    })
    expect(x.toTypedArray()[65535]).toBeCloseTo(2, 5)
  })

  test('leaves made and forgotten', () => {
    flat(rounds(100_000), (i) => {
      const x = tensor([i, 2, 3], { requiresGrad: true })
      x.square().sum().backward()
      if (i % 1000 === 0) expect(x.grad?.toArray()).toEqual([2 * i, 4, 6])
    })
  })

  test('a state carried with detach()', () => {
    const model = new LSTM(4, 32)
    const x = randn([1, 1, 4])
    let state = model.forward(x).state
    flat(rounds(100_000), () => {
      const next = model.forward(x, state)
      next.output.sum().backward()
      state = { h: next.state.h.detach(), c: next.state.c.detach() }
    })
    expect(state.h.toTypedArray().every(Number.isFinite)).toBe(true)
  })

  test('evaluation in noGrad', () => {
    const model = new LSTM(8, 16)
    const x = randn([4, 5, 8])
    flat(rounds(100_000), () => {
      noGrad(() => model.forward(x).output.mean().item())
    })
  })

  test('a working set that exceeds the budget', () => {
    const parts: Tensor[] = []
    for (let i = 0; i < 40; i++) parts.push(zeros([1024, 1024]).add(i))
    for (let round = 0; round < (full ? 100 : 5); round++)
      for (const [i, part] of parts.entries()) expect(part.mul(2).toTypedArray()[7]).toBe(2 * i)
  })
})

test('a tensor kept from step 1 and read at step 10⁴ is right or refused, never wrong', () => {
  const w = randn([64, 64], { requiresGrad: true })
  const keep = (activation: Tensor) => ({
    activation,
    detached: activation.detach(),
    copied: activation.clone(),
    numbers: activation.toTypedArray(),
  })
  let kept: ReturnType<typeof keep> | null = null
  for (let i = 0; i < rounds(10_000); i++) {
    const hidden = w.mul(1 + i).tanh()
    const squared = hidden.square()
    kept ??= { ...keep(squared), activation: hidden }
    squared.sum().backward()
    w.grad = null
  }
  expect(() => kept?.activation.toArray()).toThrow(TapeError)
  expect(kept?.detached.toTypedArray()).toEqual(kept?.numbers)
  expect(kept?.copied.toTypedArray()).toEqual(kept?.numbers)
})
