// The tape differentiates whatever can be added: complex numbers, polynomials and texts here. It
// knows no arrays.

import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  Node,
  now,
  type Rule,
  recording,
  type Space,
  type Traced,
  walk,
  withRecording,
} from '../../src/autograd/index.ts'

/** A value of any kind on the tape. */
class Value<T> implements Traced<Value<T>> {
  node: Node<Value<T>> | null = null
  readonly of: T
  constructor(of: T) {
    this.of = of
  }
}

/** A Space in the fewest words: values that are added with `plus`, never changed in place. */
const spaceOf = <T>(plus: (a: Value<T>, b: Value<T>) => Value<T>): Space<Value<T>> => ({
  add: plus,
  addInto: () => expect.fail('nothing here is exclusive'),
  exclusive: () => false,
  hold: (v) => v,
  release: () => {},
  enter: () => {},
  leave: () => {},
  consume: () => {},
  alreadyWalked: (node) => new Error(`${node.rule?.name} was walked`),
})

const found = <V>(cotangents: V): V => cotangents

const leaf = <T>(of: T): Value<T> => {
  const value = new Value(of)
  value.node = new Node<Value<T>>(null, [], undefined, value)
  return value
}

const record = <T>(rule: Rule<Value<T>>, inputs: Value<T>[], of: T): Value<T> => {
  const out = new Value(of)
  if (recording && inputs.some((input) => input.node !== null))
    out.node = new Node(rule, inputs, undefined, out)
  return out
}

/** Rings of numbers with + and ·, each with recorded derivatives. */
function ring<T>(add: (a: T, b: T) => T, mul: (a: T, b: T) => T) {
  const addRule: Rule<Value<T>> = { name: 'add', vjp: (g) => [g, g] }
  const mulRule: Rule<Value<T>> = {
    name: 'mul',
    vjp: (g, { inputs: [a, b], needsGrad }) => [
      needsGrad[0] ? times(g, b as Value<T>) : null,
      needsGrad[1] ? times(g, a as Value<T>) : null,
    ],
  }
  const plus = (a: Value<T>, b: Value<T>): Value<T> => record(addRule, [a, b], add(a.of, b.of))
  const times = (a: Value<T>, b: Value<T>): Value<T> => record(mulRule, [a, b], mul(a.of, b.of))
  const space = spaceOf(plus)
  const derive = (
    y: Value<T>,
    one: T,
    targets: Value<T>[],
    {
      createGraph = false,
      retainGraph = createGraph,
    }: { createGraph?: boolean; retainGraph?: boolean } = {},
  ): (Value<T> | undefined)[] => {
    const cotangents = walk(
      space,
      [y],
      [new Value(one)],
      targets,
      { createGraph, retainGraph },
      found,
    )
    return targets.map((target) => cotangents.get(target.node as Node<Value<T>>))
  }
  return { plus, times, space, derive }
}

describe('plain numbers', () => {
  const { plus, times, derive, space } = ring<number>(
    (a, b) => a + b,
    (a, b) => a * b,
  )

  it('derivatives of x³ + x·y, of every order', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), (p, q) => {
        const [x, y] = [leaf(p), leaf(q)]
        const z = plus(times(times(x, x), x), times(x, y))
        const [zx, zy] = derive(z, 1, [x, y], { createGraph: true }) as [
          Value<number>,
          Value<number>,
        ]
        expect([zx.of, zy.of]).toEqual([3 * p * p + q, p])
        const [zxx, zxy] = derive(zx, 1, [x, y], { createGraph: true }) as [
          Value<number>,
          Value<number>,
        ]
        expect([zxx.of, zxy.of]).toEqual([6 * p, 1])
        expect(derive(zxx, 1, [x])[0]?.of).toBe(6)
      }),
    )
  })

  it('without targets answers for every leaf that was reached', () => {
    const [x, y, z] = [leaf(2), leaf(3), leaf(4)]
    const cotangents = walk(
      space,
      [times(x, y)],
      [new Value(1)],
      null,
      { createGraph: false, retainGraph: false },
      found,
    )
    expect([x, y, z].map((v) => cotangents.get(v.node as Node<Value<number>>)?.of)).toEqual([
      3,
      2,
      undefined,
    ])
  })

  it('walks a million steps in a row', () => {
    const x = leaf(1)
    let y = x
    for (let k = 0; k < 1_000_000; k++) y = plus(y, x)
    expect(derive(y, 1, [x])[0]?.of).toBe(1_000_001)
  })

  it('visits each node once however many paths lead to it', () => {
    let visits = 0
    const doubling: Rule<Value<number>> = {
      name: 'doubling',
      vjp: (g) => {
        visits++
        return [g, g]
      },
    }
    const x = leaf(1)
    let y = x
    for (let k = 0; k < 50; k++) y = record(doubling, [y, y], 2 * y.of)
    expect(derive(y, 1, [x])[0]?.of).toBe(2 ** 50)
    expect(visits).toBe(50)
  })

  it('computes no derivative that no target asks for, and tells rules which are needed', () => {
    const asked: string[] = []
    const named = (name: string): Rule<Value<number>> => ({
      name,
      vjp: (g, { inputs, needsGrad }) => {
        asked.push(`${name} ${needsGrad}`)
        return inputs.map(() => g)
      },
    })
    const [x, y] = [leaf(1), leaf(1)]
    const a = record(named('a'), [x], 1)
    const b = record(named('b'), [y], 1)
    const c = record(named('c'), [a, b, new Value(5)], 1)
    derive(c, 1, [x])
    expect(asked).toEqual(['c true,false,false', 'a true'])

    // A whole chain that leads to no target is left alone.
    asked.length = 0
    const far = record(
      named('far'),
      [record(named('near'), [record(named('first'), [y], 1)], 1)],
      1,
    )
    derive(record(named('end'), [far, record(named('other'), [x], 1)], 1), 1, [x])
    expect(asked).toEqual(['end false,true', 'other true'])
  })

  it('tells rules whose cotangents are seen: those asked for, and those with a hook', () => {
    const { plus, space } = ring<number>(
      (a, b) => a + b,
      (a, b) => a * b,
    )
    const [x, y] = [leaf(2), leaf(3)]
    const [asked, hooked, neither] = [plus(x, y), plus(x, x), plus(y, y)]
    if (hooked.node !== null) hooked.node.hooks = new Set([() => undefined])
    const seen: boolean[][] = []
    const constant = new Value(1)
    const rule: Rule<Value<number>> = {
      name: 'sum',
      vjp: (g, { inputs, isObserved }) => {
        seen.push([...inputs, constant].map(isObserved))
        return inputs.map(() => g)
      },
    }
    const end = record(rule, [asked, hooked, neither], 0)
    walk(space, [end], [new Value(1)], [x, asked], { createGraph: false, retainGraph: true }, found)
    walk(space, [end], [new Value(1)], null, { createGraph: false, retainGraph: false }, found)
    expect(seen).toEqual([
      [true, true, false, false],
      [false, true, false, false],
    ])
  })

  it('hands the nodes it used up over, and refuses to walk them again', () => {
    const x = leaf(2)
    const y = times(x, x)
    const consumed: string[] = []
    const options = { createGraph: false, retainGraph: true }
    const noting: typeof space = {
      ...space,
      consume: (nodes) => void consumed.push(...nodes.map((node) => node.rule?.name ?? 'leaf')),
    }
    walk(noting, [y], [new Value(1)], null, options, found)
    expect(consumed).toEqual([])
    walk(noting, [y], [new Value(1)], null, { ...options, retainGraph: false }, found)
    expect(consumed).toEqual(['mul'])
    expect(() => derive(y, 1, [x])).toThrow('mul was walked')
    expect(y.node?.inputs).toEqual([])
  })

  it('leaves everything as it was when a rule throws', () => {
    let broken = true
    const fragile: Rule<Value<number>> = {
      name: 'fragile',
      vjp: (g) => {
        if (broken) throw new RangeError('mine')
        return [g]
      },
    }
    const x = leaf(3)
    const broke = record(fragile, [times(x, x)], 9)
    const y = times(broke, x)
    expect(() => derive(y, 1, [x])).toThrow('mine')
    expect(recording).toBe(true)
    for (const { node } of [x, broke, y])
      expect([node?.cotangent, node?.consumed]).toEqual([null, false])
    broken = false
    expect(derive(y, 1, [x])[0]?.of).toBe(27)
  })

  it('a rule may walk a graph of its own, even the one it stands in', () => {
    const x = leaf(3)
    const square = times(x, x)
    const nosy: Rule<Value<number>> = {
      name: 'nosy',
      vjp: (g, { inputs: [input] }) => [
        times(
          g,
          derive(square, 1, [input as Value<number>], { retainGraph: true })[0] as Value<number>,
        ),
      ],
    }
    const y = plus(record(nosy, [x], 9), square)
    expect(derive(y, 1, [x])[0]?.of).toBe(12)
  })
})

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

describe('the clock and the switch', () => {
  let before = 0
  beforeEach(() => {
    before = now()
  })

  it('ids only grow', () => {
    const [a, b] = [leaf(1), leaf(2)]
    expect(a.node?.id).toBeGreaterThan(before)
    expect(b.node?.id).toBeGreaterThan(a.node?.id as number)
    expect(now()).toBe(b.node?.id)
  })

  it('withRecording restores what was before, errors or not', () => {
    expect(
      withRecording(false, () => [recording, withRecording(true, () => recording), recording]),
    ).toEqual([false, true, false])
    expect(() =>
      withRecording(false, () => {
        throw new Error('mine')
      }),
    ).toThrow('mine')
    expect(recording).toBe(true)
  })
})
