// int32 arithmetic against arbitrary precision: the low 32 bits where it wraps around, an error
// where it must not.

import fc from 'fast-check'
import {
  arange,
  cat,
  DTypeError,
  eye,
  full,
  linspace,
  ones,
  randint,
  type Tensor,
  tensor,
  where,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { refusal } from '../../support/refusal.ts'
import { d, numbersOf } from '../../support/tensors.ts'

const whole = (
  data:
    | number
    | readonly number[]
    | readonly (readonly number[])[]
    | readonly (readonly (readonly number[])[])[],
): Tensor => tensor(data as number[], { dtype: 'int32' })
const wrapped = (x: bigint): number => Number(BigInt.asIntN(32, x))
const LEAST = -(2 ** 31)
const MOST = 2 ** 31 - 1
const int32 = fc.oneof(
  fc.integer({ min: LEAST, max: MOST }),
  fc.constantFrom(
    LEAST,
    LEAST + 1,
    -65537,
    -65536,
    -1,
    0,
    1,
    65535,
    65536,
    123456789,
    987654321,
    MOST,
  ),
)
const pairs = fc.array(fc.tuple(int32, int32), { minLength: 1, maxLength: 9 })

describe('elementwise int32', () => {
  it('keeps the low bits of products', () => {
    expect(numbersOf(whole([MOST, 123456789]).mul(whole([MOST, 987654321])))).toEqual([
      1, -67153019,
    ])
    expect(numbersOf(whole([MOST, 123456789]).square())).toEqual([1, wrapped(123456789n ** 2n)])
  })

  it('sums, differences, products, squares and negatives are right modulo 2³²', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const [a, b] = [whole(list.map(([x]) => x)), whole(list.map(([, y]) => y))]
        const by = (f: (x: bigint, y: bigint) => bigint): number[] =>
          list.map(([x, y]) => wrapped(f(BigInt(x), BigInt(y))))
        expect(numbersOf(a.add(b))).toEqual(by((x, y) => x + y))
        expect(numbersOf(a.sub(b))).toEqual(by((x, y) => x - y))
        expect(numbersOf(a.mul(b))).toEqual(by((x, y) => x * y))
        expect(numbersOf(a.mul(list[0]?.[1] as number))).toEqual(
          list.map(([x]) => wrapped(BigInt(x) * BigInt(list[0]?.[1] as number))),
        )
        expect(numbersOf(a.unsqueeze(1).mul(b))).toEqual(
          list.flatMap(([x]) => list.map(([, y]) => wrapped(BigInt(x) * BigInt(y)))),
        )
        expect(numbersOf(a.square())).toEqual(by((x) => x * x))
        expect(numbersOf(a.neg())).toEqual(by((x) => -x))
        expect(numbersOf(a.abs())).toEqual(by((x) => (x < 0n ? -x : x)))
      }),
    )
  })

  it('runs a linear congruential generator for a thousand steps', () => {
    let [x, expected] = [whole(42), 42n]
    for (let i = 0; i < 1000; i++) {
      x = x.mul(1664525).add(1013904223)
      expected = BigInt.asIntN(32, expected * 1664525n + 1013904223n)
    }
    expect(x.item()).toBe(Number(expected))
  })
})

describe('sum', () => {
  it('is exact on every form of axis, or an error', () => {
    fc.assert(
      fc.property(
        fc
          .tuple(
            fc.integer({ min: 1, max: 3 }),
            fc.integer({ min: 1, max: 3 }),
            fc.integer({ min: 1, max: 3 }),
          )
          .chain(([a, b, c]) =>
            fc.tuple(
              fc.constant([a, b, c] as const),
              fc.array(fc.oneof(int32, fc.integer({ min: -9, max: 9 })), {
                minLength: a * b * c,
                maxLength: a * b * c,
              }),
            ),
          ),
        fc.constantFrom(undefined, 0, 1, 2, [0, 1], [0, 2], [1, 2], [0, 1, 2], []),
        fc.boolean(),
        ([shape, data], axis, keepDim) => {
          const x = tensor(data, { shape, dtype: 'int32' })
          const gone = new Set(axis === undefined ? [0, 1, 2] : [axis].flat())
          const totals = new Map<string, bigint>()
          data.forEach((value, i) => {
            const place = [
              Math.floor(i / (shape[1] * shape[2])),
              Math.floor(i / shape[2]) % shape[1],
              i % shape[2],
            ]
            const key = place.filter((_, k) => !gone.has(k)).join()
            totals.set(key, (totals.get(key) ?? 0n) + BigInt(value))
          })
          const expected = [...totals.values()]
          if (expected.every((total) => total >= LEAST && total <= MOST))
            expect(numbersOf(x.sum(axis, keepDim))).toEqual(expected.map(Number))
          else expect(() => x.sum(axis, keepDim)).toThrow(DTypeError)
        },
      ),
    )
  })

  it('says what the total is, and what to do', () => {
    expect(refusal(DTypeError, () => whole([MOST, 1]).sum())).toMatchInlineSnapshot(
      `"sum: expected a total that is an int32, got 2147483648: convert first, with .to('float64')"`,
    )
    expect(whole([MOST, 1]).to('float64').sum().item()).toBe(2 ** 31)
  })

  it('is exact where totals on the way go beyond int32, and beyond 2⁵³', () => {
    expect(whole([MOST, MOST, LEAST, LEAST, 5]).sum().item()).toBe(3)
    const half = full([2 ** 22 + 2 ** 20], MOST, { dtype: 'int32' })
    expect(
      cat([half, half.neg(), whole([7])])
        .sum()
        .item(),
    ).toBe(7)
  })

  it('counts bools', () => {
    expect(numbersOf(ones([3, 2], { dtype: 'bool' }).sum(0))).toEqual([3, 3])
    expect(numbersOf(zeros([2, 0], { dtype: 'int32' }).sum(1))).toEqual([0, 0])
  })
})

describe('what is no int32 is refused', () => {
  it.each([
    [3e9, '3000000000'],
    [-3e9, '-3000000000'],
    [2 ** 31, '2147483648'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('by to(): %d', (x, shown) => {
    for (const dtype of ['float32', 'float64'] as const)
      expect(refusal(DTypeError, () => tensor([0, x], { dtype }).to('int32'))).toBe(
        `to: expected numbers within the range of int32, got ${shown} as element 1: clamp() ` +
          'them, or keep the dtype',
      )
  })

  it('but what is one without its fraction is converted', () => {
    expect(numbersOf(d([MOST + 0.5, LEAST - 0.5, -0.5, 0.5]).to('int32'))).toEqual([
      MOST,
      LEAST,
      0,
      0,
    ])
    expect(tensor([Number.NaN, 0, 2]).to('bool').toArray()).toEqual([true, false, true])
  })

  const outside = [2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]
  it.each(outside)('%d, wherever a number is taken', (x) => {
    const y = whole([1, 2])
    for (const f of [
      () => tensor([x], { dtype: 'int32' }),
      () => tensor(new Float64Array([x]), { dtype: 'int32' }),
      () => full([2], x, { dtype: 'int32' }),
      () => y.add(x),
      () => y.mul(x),
      () => y.maximum(x),
      () => y.eq(x),
      () => y.where(tensor([true, false]), x),
      () => where(tensor([true, false]), x, y),
      () => linspace(x, x, 2, { dtype: 'int32' }),
    ])
      expect(f).toThrow()
  })

  it('a range that leaves int32 on its way', () => {
    expect(
      refusal(DTypeError, () => arange(MOST - 1, MOST + 2, 1, { dtype: 'int32' })),
    ).toMatchInlineSnapshot(`"arange: expected int32 elements, got 2147483648 as element 2"`)
    expect(() => randint(0, 2 ** 31, [2])).toThrow()
    expect(numbersOf(arange(MOST - 2, MOST, 1, { dtype: 'int32' }))).toEqual([MOST - 2, MOST - 1])
    expect(numbersOf(eye(2, { dtype: 'int32' }))).toEqual([1, 0, 0, 1])
  })
})
