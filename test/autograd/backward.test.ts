// The backward pass over plain numbers: every order, each node once, and what it tells the rules.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Node, type Rule, recording, walk } from '../../src/autograd/index.ts'
import { found, leaf, record, ring, Value } from './values.ts'

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
