// The backward pass differentiates whatever can be added: complex numbers and polynomials, and adds
// in place where it may.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Node, type Rule, type Space, walk } from '../../src/autograd/index.ts'
import { found, leaf, record, ring, spaceOf, Value } from './values.ts'

describe('in place', () => {
  it('an exclusive sum is added to in place, by the rule itself where it can', () => {
    const how: string[] = []
    const made = new Set<Value<number[]>>()
    const make = (of: number[]) => {
      const v = new Value(of)
      made.add(v)
      return v
    }
    const add = (sum: Value<number[]>, b: Value<number[]>): void =>
      sum.of.forEach((v, k) => {
        sum.of[k] = v + (b.of[k] as number)
      })
    const space: Space<Value<number[]>> = {
      ...spaceOf<number[]>((a, b) => make(a.of.map((v, k) => v + (b.of[k] as number)))),
      addInto: (sum, b) => {
        how.push('sum')
        add(sum, b)
      },
      exclusive: (v) => made.has(v),
    }
    const plain: Rule<Value<number[]>> = { name: 'plain', vjp: (g) => [make([...g.of])] }
    const quick: Rule<Value<number[]>> = {
      name: 'quick',
      vjp: (g) => [make([...g.of])],
      addInto: (sum, index, g) => {
        how.push(`rule ${index}`)
        add(sum, g)
      },
    }
    const join: Rule<Value<number[]>> = {
      name: 'join',
      vjp: (g, { inputs }) => inputs.map(() => g),
    }
    const x = leaf([1, 2])
    const walked = (createGraph: boolean) => {
      how.length = 0
      const y = record(
        join,
        [record(plain, [x], [0]), record(plain, [x], [0]), record(quick, [x], [0])],
        [0],
      )
      return walk(
        space,
        [y],
        [new Value([1, 10])],
        [x],
        { createGraph, retainGraph: false },
        found,
      ).get(x.node as Node<Value<number[]>>)?.of
    }
    expect(walked(false)).toEqual([3, 30])
    expect(how).toEqual(['sum', 'sum'])
    const again = record(join, [record(quick, [x], [0]), record(plain, [x], [0])], [0])
    how.length = 0
    expect(
      walk(
        space,
        [again],
        [new Value([1, 10])],
        [x],
        { createGraph: false, retainGraph: false },
        found,
      ).get(x.node as Node<Value<number[]>>)?.of,
    ).toEqual([2, 20])
    expect(how).toEqual(['rule 0'])
    // A rule that has added one input’s cotangent in place, and gives both nevertheless, is not
    // believed twice.
    const lavish: Rule<Value<number[]>> = {
      ...quick,
      name: 'lavish',
      vjp: (g) => [make([...g.of]), make([...g.of])],
    }
    const w = leaf([0, 0])
    const twice = record(join, [record(lavish, [x, w], [0]), record(plain, [x], [0])], [0])
    const both = walk(
      space,
      [twice],
      [new Value([1, 10])],
      [x, w],
      { createGraph: false, retainGraph: false },
      found,
    )
    expect([x, w].map(({ node }) => both.get(node as Node<Value<number[]>>)?.of)).toEqual([
      [2, 20],
      [1, 10],
    ])
    expect(walked(true)).toEqual([3, 30])
    const recorded = record(join, [record(quick, [x], [0]), record(plain, [x], [0])], [0])
    expect(
      walk(
        space,
        [recorded],
        [new Value([1, 10])],
        [x],
        { createGraph: true, retainGraph: false },
        found,
      ).get(x.node as Node<Value<number[]>>)?.of,
    ).toEqual([2, 20])
    expect(how).toEqual([])
  })
})

describe('complex numbers', () => {
  type Complex = readonly [re: number, im: number]
  const { plus, times, derive } = ring<Complex>(
    ([a, b], [c, e]) => [a + c, b + e],
    ([a, b], [c, e]) => [a * c - b * e, a * e + b * c],
  )

  it('the derivative of z³ + z is 3z² + 1, the second 6z', () => {
    const part = fc.integer({ min: -9, max: 9 })
    fc.assert(
      fc.property(part, part, (re, im) => {
        const z = leaf<Complex>([re, im])
        const w = plus(times(times(z, z), z), z)
        const [first] = derive(w, [1, 0], [z], { createGraph: true }) as [Value<Complex>]
        expect(first.of.map((v) => v + 0)).toEqual(
          [3 * (re * re - im * im) + 1, 6 * re * im].map((v) => v + 0),
        )
        expect(derive(first, [1, 0], [z])[0]?.of.map((v) => v + 0)).toEqual(
          [6 * re, 6 * im].map((v) => v + 0),
        )
      }),
    )
  })
})

describe('polynomials', () => {
  type Polynomial = readonly number[]
  const add = (a: Polynomial, b: Polynomial): Polynomial =>
    Array.from({ length: Math.max(a.length, b.length) }, (_, k) => (a[k] ?? 0) + (b[k] ?? 0))
  const mul = (a: Polynomial, b: Polynomial): Polynomial =>
    a.map((v, k) => [...new Array<number>(k).fill(0), ...b.map((u) => u * v)]).reduce(add, [])
  const { plus, times, derive } = ring<Polynomial>(add, mul)

  it('the derivative of p² + p·q by p is 2p + q, whatever p and q', () => {
    const coefficients = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(coefficients, coefficients, (p, q) => {
        const [x, y] = [leaf<Polynomial>(p), leaf<Polynomial>(q)]
        const [g] = derive(plus(times(x, x), times(x, y)), [1], [x])
        const expected = add(add(p, p), q)
        expect(
          add(g?.of ?? [], [])
            .slice(0, expected.length)
            .map((v) => v + 0),
        ).toEqual(expected.map((v) => v + 0))
      }),
    )
  })
})
