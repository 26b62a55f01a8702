// Batches of sequences of different lengths: each comes out as if it had been alone, and what
// stands behind its end is never looked at.

import {
  cat,
  type DType,
  grad,
  LSTM,
  ones,
  type RecurrentOptions,
  RNN,
  type SequenceOptions,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { packing } from '../../../src/layers/recurrent/packing.ts'
import { expectClose } from '../../support/numbers.ts'
import { d, gridded, gridLeaf, leaf } from '../../support/tensors.ts'

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
    expect(run([1, 2])).toThrow('expected lengths to be an array of 5 numbers, got 2')
    expect(run('long')).toThrow('expected lengths to be an array of 5 numbers, got "long"')
    expect(run([2, 5, -1, 4, 5])).toThrow(
      'expected length 2 to be a whole number from 0 to 6, got -1',
    )
    expect(run([2, 5, 1, 4, 7])).toThrow(
      'expected length 4 to be a whole number from 0 to 6, got 7',
    )
    expect(run([2, 5, 1.5, 4, 5])).toThrow(
      'expected length 2 to be a whole number from 0 to 6, got 1.5',
    )
    expect(() => layer.forward(padded(), undefined, { length: lengths } as object)).toThrow(
      "unknown option 'length': expected lengths, mask, resets",
    )
  })

  const nothing: [string, SequenceOptions][] = [
    ['lengths of 0', { lengths: [0, 0, 0, 0, 0] }],
    ['a mask without a true', { mask: zeros([N, T], { dtype: 'bool' }) }],
    [
      'both, and resets',
      {
        lengths: [0, 6, 0, 6, 0],
        mask: zeros([N, T], { dtype: 'bool' }),
        resets: ones([N, T], { dtype: 'bool' }),
      },
    ],
  ]
  test.each(nothing)('nothing is run: %s', (_, options) => {
    const layer = make({ dtype, numLayers: 2, bidirectional: true })
    const x = gridLeaf([N, T, D], 1)
    const inputs = [x, ...layer.parameters()]
    // Numbers that a gradient would show, were its memory not written.
    for (let k = 0; k < 20; k++) grad(layer.forward(x).output.sum(), inputs)
    const { output, state } = layer.forward(x, undefined, options)
    const total = output.sum().add(state.h.sum())
    for (const t of [output, state.h, ...grad(total, inputs)])
      expect(new Set(t.toTypedArray())).toEqual(new Set([0]))
  })

  test('no sequences: gradients are 0', () => {
    const layer = make({ dtype })
    for (let k = 0; k < 20; k++)
      grad(layer.forward(ones([N, T, D], { dtype })).output.sum(), layer.parameters())
    const { output } = layer.forward(zeros([0, T, D], { dtype }), undefined, { lengths: [] })
    expect(output.shape).toEqual([0, T, H])
    for (const g of grad(output.sum(), layer.parameters()))
      expect(new Set(g.toTypedArray())).toEqual(new Set([0]))
  })

  test('options that leave out nothing change no bit', () => {
    const layer = make({ dtype, numLayers: 2, bidirectional: true })
    const x = gridLeaf([N, T, D], 1)
    const plain = layer.forward(x)
    const all: SequenceOptions[] = [
      { lengths: Array<number>(N).fill(T) },
      { mask: ones([N, T], { dtype: 'bool' }) },
      { resets: zeros([N, T], { dtype: 'bool' }) },
    ]
    for (const options of all) {
      const { output, state } = layer.forward(x, undefined, options)
      expect(output.toTypedArray()).toEqual(plain.output.toTypedArray())
      expect(state.h.toTypedArray()).toEqual(plain.state.h.toTypedArray())
    }
  })
})

// The state after a step is the state before it plus x: what flows where can be read off the sums.
describe('a fresh state that is not zeros', () => {
  const batch = { N: 2, T: 5, batchFirst: true }
  const x = leaf([
    [[1], [2], [3], [4], [5]],
    [[10], [20], [30], [40], [50]],
  ])
  const given = leaf([[1000], [2000]])
  const fresh = leaf([[0.5]])
  const options: SequenceOptions = {
    lengths: [5, 4],
    mask: tensor([
      [false, true, true, false, true],
      [true, false, true, true, true],
    ]),
    resets: tensor([
      [false, false, false, true, false],
      [true, true, false, false, true],
    ]),
  }
  const { sizes, ...packed } = packing('sums', batch, options)

  const scan = (isReverse: boolean) => {
    const turned = (rows: Tensor): Tensor => (isReverse ? packed.reverse(rows) : rows)
    const { h: origins } = packed.origins({ h: given }, () => fresh)
    let { h: state } = packed.before({ h: origins }, isReverse)
    const rows = turned(packed.pack(x))
    const ended: Tensor[] = []
    const hs: Tensor[] = []
    let at = 0
    sizes.forEach((size, t) => {
      state = state.slice(0, 0, size).add(rows.slice(0, at, at + size))
      at += size
      hs.push(state)
      ended.unshift(state.slice(0, sizes[t + 1] ?? 0))
    })
    const { h: after } = packed.after({ h: cat(ended) }, { h: origins }, isReverse)
    return { hs: turned(cat(hs)), origins, after }
  }

  test.each([
    [
      'forward',
      [
        [1000, 1002, 1005, 0.5, 5.5],
        [10.5, 0.5, 30.5, 70.5, 0],
      ],
      [5.5, 70.5],
    ],
    [
      'reverse',
      [
        [5.5, 5.5, 3.5, 1005, 1005],
        [10.5, 2070, 2070, 2040, 0],
      ],
      [5.5, 10.5],
    ],
  ] as [string, number[][], number[]][])('%s', (name, output, last) => {
    const scans = [scan(false), scan(true)]
    const both = packed.unpack(
      cat(
        scans.map(({ hs }) => hs),
        1,
      ),
      scans.map(({ origins }) => origins),
    )
    const way = name === 'reverse' ? 1 : 0
    const [own, after] = [both.select(2, way), scans[way].after]
    expect(own.toArray()).toEqual(output)
    expect(after.select(1, 0).toArray()).toEqual(last)
    const [dGiven, dFresh] = grad(own.sum().add(after.sum()), [given, fresh])
    // Each number but those of the padding was carried on from one of the two.
    const used = output.map((row) => row.filter((h) => h >= 1000).length)
    expect(dGiven.select(1, 0).toArray()).toEqual(used)
    expect(dFresh.select(0, 0).toArray()).toEqual([9 + last.length - used[0] - used[1]])
  })
})
