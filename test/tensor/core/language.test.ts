// JavaScript's own operators and brackets on tensors, and new: errors that name the method, where
// the language would give nonsense in silence.

import { ones, Tensor, tensor, ValueError, zeros } from 'tapegrad'
import { describe, expect, it } from 'vitest'

/** What callers without types may write. */
// biome-ignore lint/suspicious/noExplicitAny: the subject.
const x: any = tensor([[1, 2]])

const OPERATOR =
  'operator: expected numbers, got a Tensor (1, 2): use methods (a.add(b), a.gt(b)), item() for ' +
  'its one number, String(t) for text'

describe('an operator', () => {
  it.each<[string, () => unknown]>([
    ['x + 1', () => x + 1],
    ['x > 1', () => x > 1],
    ['Math.max(0, x)', () => Math.max(0, x)],
    ['-x', () => -x],
    ['x ** 2', () => x ** 2],
    ['Number(x)', () => Number(x)],
    ['isNaN(x)', () => Number.isNaN(Number(x))],
    ['Math.exp(x)', () => Math.exp(x)],
    [
      'x += 1',
      () => {
        let y = x
        y += 1
        return y
      },
    ],
  ])('%s', (_, run) => {
    expect(run).toThrow(new ValueError(OPERATOR))
  })

  it('text is still text, and comparing with null or itself is still allowed', () => {
    expect(`${x}`).toBe('tensor([[1., 2.]], shape (1, 2), float32)')
    expect(String(x)).toBe(`${x}`)
    expect([x].join()).toBe(`${x}`)
    expect([x == null, !x]).toEqual([false, false])
  })
})

describe('brackets', () => {
  it('read nothing', () => {
    expect(() => x[0]).toThrow(
      '[0]: expected an array, got a Tensor (1, 2): use select(0, 0), or toArray()[0] for numbers',
    )
    expect(() => x[-1]).toThrow('[-1]: expected an array')
    expect(() => x['7']).toThrow('[7]: expected an array')
  })

  it('write nothing', () => {
    expect(() => (x[0] = 5)).toThrow(
      '[0] =: expected an array, got a Tensor (1, 2): elements are not written one by one: use ' +
        'where() for a new tensor, or assign_()',
    )
    expect(Object.keys(x)).not.toContain('0')
  })

  it('whoever lists fields, or looks at the prototype, meets nothing of it', () => {
    const seen = []
    for (const name in x) seen.push(name)
    expect(seen.filter((name) => !Number.isNaN(Number(name)))).toEqual([])
    expect(Reflect.get(Tensor.prototype, '0')).toBeUndefined()
  })
})

describe('a loop, a spread and a pattern', () => {
  const EXPECT = Symbol.for('$$jest-matchers-object')

  /** Runs f as a program does in which nobody loaded Vitest or Jest. */
  function outsideOfTests<R>(f: () => R): R {
    const found = Object.getOwnPropertyDescriptor(globalThis, EXPECT) as PropertyDescriptor
    Reflect.deleteProperty(globalThis, EXPECT)
    try {
      return f()
    } finally {
      Object.defineProperty(globalThis, EXPECT, found)
    }
  }

  it.each<[string, () => unknown]>([
    [
      'for … of',
      () => {
        for (const row of x) return row
        return 'no rows'
      },
    ],
    ['[...x]', () => [...x]],
    [
      'const [row] = x',
      () => {
        const [row] = x
        return row
      },
    ],
    ['Array.from(x)', () => Array.from(x)],
    ['new Float32Array(x)', () => new Float32Array(x)],
    ['new Set(x)', () => new Set(x)],
  ])('%s is refused, and rows are named', (_, f) => {
    expect(() => outsideOfTests(f)).toThrow(
      'for … of: expected something to iterate over, got a Tensor (1, 2): use select(0, i) or ' +
        'chunk() for its rows, toArray() for numbers',
    )
  })

  it('under Vitest and Jest the language refuses, so that toEqual runs no iterator', () => {
    expect(() => [...x]).toThrow(/not iterable/)
    expect({ x }).toEqual({ x })
  })

  it('the prototype has no iterator to look at', () => {
    expect(outsideOfTests(() => Reflect.get(Tensor.prototype, Symbol.iterator))).toBeUndefined()
  })
})

it('new names tensor()', () => {
  const Made = Tensor as unknown as new (...args: unknown[]) => Tensor
  for (const args of [[], [[1]], [[1], { dtype: 'float32' }]])
    expect(() => new Made(...args)).toThrow(
      'Tensor: expected no new, got new Tensor(…): use tensor([1, 2])',
    )
})

it('the gradient of what is no leaf names registerHook, grad and detach', () => {
  const w = ones([2], { requiresGrad: true })
  const y = w.mul(2)
  y.sum().backward()
  expect(() => y.grad).toThrow(
    'grad: expected a leaf, got the result of mul (2): see its gradient by registerHook(…) or ' +
      'grad(y, x), or make it a leaf with detach()',
  )
  expect(w.grad?.toArray()).toEqual([2, 2])
  expect([zeros([2]).grad, w.detach().grad, zeros([2]).mul(2).grad]).toEqual([null, null, null])
  // One that was given is read.
  y.grad = ones([2])
  expect(y.grad?.toArray()).toEqual([1, 1])
})
