// Integers modulo 2⁶¹ − 1 in three limbs, against BigInt.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addInto,
  Draws,
  dotInto,
  type Field,
  fieldOf,
  inversesOf,
  isEqual,
  isNone,
  keyOf,
  mulInto,
  negInto,
  powerOf,
  rootOf,
  setNumber,
} from '../../../src/testing/exact/field.ts'

const p = (1n << 61n) - 1n
const mod = (x: bigint): bigint => ((x % p) + p) % p
const toField = (...list: bigint[]): Field =>
  Float64Array.from(
    list.flatMap((x) => [x & 0x1fffffn, (x >> 21n) & 0x1fffffn, x >> 42n].map(Number)),
  )
const toBigInt = (a: Field, k = 0): bigint =>
  BigInt(a[3 * k] as number) +
  (BigInt(a[3 * k + 1] as number) << 21n) +
  (BigInt(a[3 * k + 2] as number) << 42n)
const element = fc.oneof(
  fc.bigInt({ min: 0n, max: p - 1n }),
  fc.constantFrom(0n, 1n, 2n, p - 1n, p - 2n, 2n ** 21n - 1n, 2n ** 42n - 1n, 2n ** 42n),
)

test('sums, products, negatives and inverses are those of BigInt', () => {
  fc.assert(
    fc.property(element, element, (x, y) => {
      const [a, b, out] = [toField(x), toField(y), fieldOf(1)]
      addInto(out, 0, a, 0, b, 0)
      expect(toBigInt(out)).toBe(mod(x + y))
      mulInto(out, 0, a, 0, b, 0)
      expect(toBigInt(out)).toBe(mod(x * y))
      negInto(out, 0, a, 0)
      expect(toBigInt(out)).toBe(mod(-x))
      if (x !== 0n) expect(mod(toBigInt(inversesOf(a, 1)) * x)).toBe(1n)
      expect(keyOf(a, 0) === keyOf(b, 0)).toBe(x === y)
    }),
    { numRuns: 2000 },
  )
})

test('sums of products are exact for any length', () => {
  for (const n of [0, 1, 255, 256, 257, 20_000]) {
    for (const list of [
      Array.from({ length: n }, () => p - 1n),
      Array.from({ length: n }, (_, i) => mod(BigInt(i + 1) * 0x1234567890abcdefn)),
    ]) {
      const out = fieldOf(1)
      dotInto(out, 0, n, toField(...list), 0, 1, toField(...list), 0, 1)
      expect(toBigInt(out)).toBe(mod(list.reduce((sum, x) => sum + x * x, 0n)))
    }
  }
})

test('a float is the fraction that it is', () => {
  const inverse = (x: bigint): bigint => toBigInt(powerOf(toField(x), 0, (p - 2n).toString(2)))
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      // m · 2ᵉ by its bits.
      const bits = new DataView(new ArrayBuffer(8))
      bits.setFloat64(0, x)
      const word = bits.getBigUint64(0)
      const exponent = Number((word >> 52n) & 0x7ffn)
      const m = (word & 0xfffffffffffffn) + (exponent === 0 ? 0n : 1n << 52n)
      const e = Math.max(exponent, 1) - 1075
      const power = e >= 0 ? mod(2n ** BigInt(e)) : inverse(mod(2n ** BigInt(-e)))
      const out = fieldOf(1)
      setNumber(out, 0, x)
      expect(toBigInt(out)).toBe(mod((x < 0 ? -m : m) * power))
    }),
    { numRuns: 500 },
  )
})

test('NaN and infinity are no numbers, nor what is computed from them, nor 1 / 0', () => {
  const [none, one, out] = [fieldOf(1), toField(1n), fieldOf(1)]
  for (const x of [NaN, Infinity, -Infinity]) {
    setNumber(none, 0, x)
    expect(isNone(none, 0)).toBe(true)
    addInto(out, 0, none, 0, one, 0)
    expect(isNone(out, 0)).toBe(true)
    mulInto(out, 0, none, 0, toField(0n), 0)
    expect(isNone(out, 0)).toBe(true)
    expect(isEqual(none, 0, none, 0)).toBe(false)
  }
  const inverses = inversesOf(toField(2n, 0n, 3n), 3)
  expect([0, 1, 2].map((k) => isNone(inverses, k))).toEqual([false, true, false])
  expect(mod(toBigInt(inverses, 2) * 3n)).toBe(1n)
})

test('half of all numbers have a root', () => {
  const draws = new Draws(1)
  let found = 0
  for (let i = 0; i < 400; i++) {
    const a = draws.elements(1)
    const root = rootOf(a, 0)
    if (root === null) continue
    found++
    expect(mod(toBigInt(root) ** 2n)).toBe(toBigInt(a))
  }
  expect(found).toBeGreaterThan(150)
  expect(found).toBeLessThan(250)
})

test('draws are elements, and those of their seed', () => {
  const [a, b, c] = [1, 1, 2].map((seed) => new Draws(seed).elements(1000))
  expect(a).toEqual(b)
  expect(a).not.toEqual(c)
  const list = Array.from({ length: 1000 }, (_, k) => toBigInt(a as Field, k))
  expect(list.every((x) => x >= 0n && x < p)).toBe(true)
  expect(new Set(list).size).toBe(1000)
  expect(list.filter((x) => x > p / 2n).length).toBeGreaterThan(400)
})
