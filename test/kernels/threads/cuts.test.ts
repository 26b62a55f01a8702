// Wherever a kernel's work is cut, the bits are the same: every cut of every kernel, one part after
// the other. Threads are in threads.test.ts.
import { describe, expect, test } from 'vitest'
import { byteKernels } from '../../../src/kernels/engine.ts'
import { byteSharings, type Cut, floatSharings } from '../../../src/kernels/threads/cuts.ts'
import { place, random, types } from '../memory.ts'

type Kernel = (...call: number[]) => void

interface Call {
  /** The length of each operand in elements, the result first. */
  lengths: number[]
  /** The arguments behind the addresses. */
  rest: number[]
  /** An operand that holds int32 below a bound. */
  classes?: { operand: number; below: number }
}

/** Calls that are worth a cut, by kernel. */
const odd = { m: 67, n: 131, k: 89 }
const product = (m: number, n: number, k: number) => {
  const flags = [0, 1].flatMap((a) => [0, 1].flatMap((b) => [0, 1].map((c) => [a, b, c])))
  return flags.map((trans) => ({ lengths: [m * n, m * k, k * n], rest: [m, n, k, ...trans] }))
}
const calls: Record<string, Call[]> = {
  ...Object.fromEntries(
    [
      'neg',
      'abs',
      'sign',
      'exp',
      'log',
      'sqrt',
      'reciprocal',
      'square',
      'tanh',
      'sigmoid',
      'relu',
    ].map((name) => [name, [{ lengths: [200003, 200003], rest: [200003] }]]),
  ),
  ...Object.fromEntries(
    ['tanhGrad', 'sigmoidGrad', 'reluGrad'].map((name) => [
      name,
      [{ lengths: [100003, 100003, 100003], rest: [100003] }],
    ]),
  ),
  ...Object.fromEntries(
    ['add', 'sub', 'mul', 'div', 'maximum', 'minimum'].map((name) => [
      name,
      [
        { lengths: [200003, 200003, 200003], rest: [1, 200003, 0, 1, 0, 1] },
        { lengths: [200003, 200003, 1], rest: [1, 200003, 0, 1, 0, 0] },
        { lengths: [601 * 307, 601 * 307, 307], rest: [601, 307, 307, 1, 0, 1] },
        { lengths: [601 * 307, 601, 601 * 307], rest: [601, 307, 1, 0, 307, 1] },
      ],
    ]),
  ),
  ...Object.fromEntries(
    ['softmax', 'logSoftmax'].map((name) => [
      name,
      [{ lengths: [301 * 61, 301 * 61], rest: [301, 61] }],
    ]),
  ),
  ...Object.fromEntries(
    ['softmaxGrad', 'logSoftmaxGrad'].map((name) => [
      name,
      [{ lengths: [601 * 61, 601 * 61, 601 * 61], rest: [601, 61] }],
    ]),
  ),
  crossEntropy: [
    { lengths: [601, 601 * 61, 601, 601], rest: [601, 61], classes: { operand: 2, below: 61 } },
  ],
  crossEntropyGrad: [
    {
      lengths: [601 * 61, 601, 601 * 61, 601, 601],
      rest: [601, 61],
      classes: { operand: 3, below: 61 },
    },
  ],
  axpby: [{ lengths: [200003, 200003], rest: [200003, 0.75, -1.5] }],
  adam: [
    {
      lengths: [20003, 20003, 20003, 20003],
      rest: [20003, 0.9, 0.999, 1e-8, 0.01, 0.5, 0.01, 0.99],
    },
  ],
  sum: [
    { lengths: [1, 200003], rest: [1, 200003, 1, 0] },
    { lengths: [601, 601 * 307], rest: [601, 307, 1, 1] },
    { lengths: [151, 601 * 151], rest: [1, 601, 151, 1] },
    { lengths: [3 * 151, 3 * 203 * 151], rest: [3, 203, 151, 0] },
  ],
  matmul: [
    ...product(odd.m, odd.n, odd.k),
    ...product(odd.n, odd.m, odd.k),
    ...product(1, 1031, 701),
    ...product(1031, 1, 701),
  ],
  matmulPacked: [0, 1].flatMap((transA) =>
    [0, 1].map((add) => ({
      lengths: [67 * 1101, 67 * 300, 1104 * 300],
      rest: [67, 1101, 300, transA, add],
    })),
  ),
}

const bits = (x: ArrayBufferView): Buffer =>
  Buffer.from(new Uint8Array(x.buffer, x.byteOffset, x.byteLength))

describe.each(types)('$name', ({ kernels, size, array, read }) => {
  // A program's operands are in a table: test/tensor/programs has its cuts.
  const byOperands = Object.keys(floatSharings).filter((name) => name !== 'program')
  test.each(byOperands)('%s gives the same bits wherever it is cut', (name) => {
    const alone = kernels[name as 'exp'] as unknown as Kernel
    const sharing = floatSharings[name as 'exp'] as (
      alone: Kernel,
      share: (cut: Cut) => void,
      size: number,
    ) => Kernel
    for (const { lengths, rest, classes } of calls[name]) {
      const next = random(7)
      const operands = lengths.map((n, k) =>
        k === classes?.operand
          ? new Int32Array(n).map(() => next() * classes.below)
          : array(new Float64Array(n).map(() => next() * 4 - 1)),
      )
      let places: number[] = []
      const results = (run: Kernel): Buffer[] => {
        places = place(...operands)
        run(...places, ...rest)
        return places.map((p, k) => bits(read(p, lengths[k])))
      }
      const expected = results(alone)
      for (const parts of [2, 3, 7]) {
        let cuts = 0
        let written: readonly number[] | null = null
        const share = ({ count, align, by, writes, call }: Cut): void => {
          written = writes
          const step = Math.ceil(count / parts / align) * align
          const kernel = by === undefined ? alone : (kernels[by] as unknown as Kernel)
          for (let from = 0; from < count; from += step, cuts++)
            kernel(...call(from, Math.min(from + step, count)))
        }
        const shared = results(sharing(alone, share, size))
        expect(
          shared.map((x, k) => x.equals(expected[k])).includes(false),
          `${rest} in ${parts} parts`,
        ).toBe(false)
        if (lengths[0] > 1) expect(cuts).toBeGreaterThan(1)
        const changed = places.filter(
          (_, k) => !shared[k].subarray(0, operands[k].byteLength).equals(bits(operands[k])),
        )
        if (written !== null) expect(written, `what ${name} writes`).toEqual(changed)
      }
    }
  })
})

const copies: [
  keyof typeof byteSharings,
  bytes: number,
  call: (dst: number, src: number, index: number) => number[],
][] = [
  ...[
    [1, 1, 1, 1, 300001, 0, 0, 0, 1, 0, 0, 0, 1],
    [4, 1, 61, 67, 71, 0, 67 * 71, 71, 1, 0, 71, 61 * 71, 1],
    [8, 3, 61, 1, 301, 61 * 301, 301, 0, 1, 61 * 301, 301, 0, 1],
    [4, 1, 1, 301, 307, 0, 0, 307, 1, 0, 0, 1, 301],
  ].map(([itemSize, ...layout]): (typeof copies)[number] => [
    'copyStrided',
    itemSize * layout.slice(0, 4).reduce((a, b) => a * b),
    (dst, src) => [itemSize, dst, src, ...layout],
  ]),
  ['copyRows', 301 * 1204, (dst, src, index) => [dst, src, index, 301, 1204]],
]

test.each(copies)('%s gives the same bits wherever it is cut: %d bytes', (name, bytes, call) => {
  const next = random(5)
  const from = Uint8Array.from({ length: bytes }, () => next() * 256)
  const index = Int32Array.from({ length: 301 }, () => next() * 301)
  let written: readonly number[] = []
  let to = 0
  const copied = (run: Kernel): Buffer => {
    const [dst, src, at] = place(new Uint8Array(bytes), from, index)
    to = dst
    run(...call(dst, src, at))
    return bits(types[0].read(dst, Math.floor(bytes / 4)))
  }
  let cuts = 0
  const alone = byteKernels[name] as unknown as Kernel
  const sharing = byteSharings[name] as unknown as (
    alone: Kernel,
    share: (cut: Cut) => void,
    size: number,
  ) => Kernel
  const share = ({ count, align, writes, call }: Cut): void => {
    written = writes
    const step = Math.ceil(count / 3 / align) * align
    for (let at = 0; at < count; at += step, cuts++) alone(...call(at, Math.min(at + step, count)))
  }
  expect(copied(sharing(alone, share, 1)).equals(copied(alone))).toBe(true)
  expect(cuts).toBe(3)
  expect(written).toEqual([to])
})
