// Batches of sequences of different lengths: each comes out as if it had been alone, and what
// stands behind its end is never looked at.

import { type DType, grad, LSTM, type RecurrentOptions, RNN, type Tensor, zeros } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { expectClose } from '../../support/numbers.ts'
import { d, gridded, gridLeaf } from '../../support/tensors.ts'

const lengths = [2, 5, 1, 4, 5]
const [N, T, D, H] = [5, 6, 3, 4]
const dtype: DType = 'float64'

/** Sequence n of a batch (N, T, …), without its padding, as a batch of one. */
const alone = (x: Tensor, n: number): Tensor => x.slice(0, n, n + 1).slice(1, 0, lengths[n])

/** Random numbers (N, T, D) with NaN behind each sequence's end. */
function padded(): Tensor {
  const real = gridded([N, T, D], 1)
  const ends = d(lengths).reshape([N, 1, 1])
  const time = d([0, 1, 2, 3, 4, 5]).reshape([1, T, 1])
  return real.where(time.lt(ends), Number.NaN)
}

const layers: [string, (options: RecurrentOptions) => LSTM | RNN][] = [
  ['LSTM', (options) => new LSTM(D, H, options)],
  ['RNN', (options) => new RNN(D, H, options)],
]

describe.each(layers)('%s', (_, make) => {
  test.each([
    {},
    { numLayers: 2 },
    { bidirectional: true },
    { numLayers: 2, bidirectional: true },
    { batchFirst: false },
  ])('%o', (options) => {
    const layer = make({ ...options, dtype })
    const { batchFirst = true } = options as RecurrentOptions
    const passes = (options.numLayers ?? 1) * (options.bidirectional ? 2 : 1)
    const width = H * (options.bidirectional ? 2 : 1)
    const x = padded()
    const start = (): Tensor => gridLeaf([passes, N, H], 2)
    const state = layer instanceof LSTM ? { h: start(), c: start() } : { h: start() }
    const inputs = [...layer.parameters(), ...Object.values(state)]
    const weights = gridded([N, T, width], 3)
    const lastWeights = gridded([passes, N, H], 4)

    const swap = (t: Tensor): Tensor => (batchFirst ? t : t.permute([1, 0, 2]))
    const batch = (layer as LSTM).forward(swap(x), state as { h: Tensor; c: Tensor }, { lengths })
    const output = swap(batch.output)
    const total = output.mul(weights).sum().add(batch.state.h.mul(lastWeights).sum())
    const together = grad(total, inputs, { retainGraph: true })

    let separate = zeros([], { dtype })
    for (let n = 0; n < N; n++) {
      const own = Object.fromEntries(
        Object.entries(state).map(([name, t]) => [name, t.slice(1, n, n + 1)]),
      ) as { h: Tensor; c: Tensor }
      const single = (layer as LSTM).forward(swap(alone(x, n)), own)
      expectClose(alone(output, n).toArray(), swap(single.output).toArray(), 1e-13)
      expectClose(batch.state.h.slice(1, n, n + 1).toArray(), single.state.h.toArray(), 1e-13)
      expect(new Set(output.select(0, n).slice(0, lengths[n]).toTypedArray())).toEqual(new Set([0]))
      separate = separate
        .add(swap(single.output).mul(alone(weights, n)).sum())
        .add(single.state.h.mul(lastWeights.slice(1, n, n + 1)).sum())
    }
    const apart = grad(separate, inputs)
    together.forEach((g, i) => {
      expectClose(g.toArray(), apart[i].toArray(), 1e-12)
    })
  })

  test('second derivatives do not see the padding either', () => {
    const layer = make({ dtype })
    const first = grad(
      layer.forward(padded(), undefined, { lengths }).output.square().sum(),
      layer.parameters(),
      { createGraph: true },
    )
    const second = grad(
      first.reduce((sum, g) => sum.add(g.square().sum()), zeros([], { dtype })),
      layer.parameters(),
    )
    for (const g of second) expect(g.toTypedArray().every(Number.isFinite)).toBe(true)
  })

  test('lengths that make no sense', () => {
    const layer = make({ dtype })
    const run = (wrong: unknown) => () =>
      layer.forward(padded(), undefined, { lengths: wrong as number[] })
    expect(run([1, 2])).toThrow('expected lengths to be an array of 5, got 2')
    expect(run('long')).toThrow('expected lengths to be an array of 5, got "long"')
    expect(run([2, 5, 0, 4, 5])).toThrow('expected length 2 to be from 1 to 6, got 0')
    expect(run([2, 5, 1, 4, 7])).toThrow('expected length 4 to be from 1 to 6, got 7')
    expect(run([2, 5, 1.5, 4, 5])).toThrow('expected length 2 to be from 1 to 6, got 1.5')
    expect(() => layer.forward(padded(), undefined, { length: lengths } as object)).toThrow(
      "unknown option 'length': expected lengths",
    )
  })
})
