// named(): where a name is shown, and what it leaves as it was.

import {
  AnomalyError,
  DTypeError,
  detectAnomaly,
  fuse,
  GRUCell,
  grad,
  LSTM,
  LSTMCell,
  named,
  ones,
  rand,
  type Tensor,
  tape,
  tensor,
  unary,
  ValueError,
} from 'tapegrad'
import { checkGradients } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'

const leaf = (...x: number[]): Tensor => tensor(x, { dtype: 'float64', requiresGrad: true })

describe('a name', () => {
  test('stands in the tape, with a number where it is used again', () => {
    const x = leaf(1, 2)
    const once = (t: Tensor): Tensor => named('p', t.sigmoid())
    expect(String(tape(once(once(x)), { names: { x } }))).toMatchInlineSnapshot(`
      "tape of p#2: 2 ops
        x                 (2) float64  parameter

        p = sigmoid(x)    (2) float64
        p#2 = sigmoid(p)  (2) float64"
    `)
  })

  test('gives way to that of the option names; the last one counts', () => {
    const x = named('x', leaf(1, 2))
    const y = named('second', named('first', x.sigmoid()))
    expect(String(tape(y.mul(y)))).toContain('second = sigmoid(x)')
    expect(String(tape(y.mul(y), { names: { given: y } }))).toContain('given = sigmoid(x)')
  })

  test('stands in a fold that repeats it', () => {
    let h = leaf(1, 2)
    for (let t = 0; t < 5; t++) h = named('h', h.mul(2).tanh())
    expect(String(tape(h))).toContain('h = tanh(%1)')
  })

  test('stands in the message of an anomaly, forward and backward', () => {
    const message = (fn: () => void): string => {
      try {
        fn()
      } catch (error) {
        if (error instanceof AnomalyError) return error.message
      }
      return ''
    }
    const forward = (): Tensor => named('z', leaf(1, -1).mul(2)).log()
    expect(message(() => detectAnomaly(forward))).toMatch(/^log \(2\) of 'z': expected finite/)
    const backward = (): void => named('root', leaf(1, 0).sqrt()).sum().backward()
    expect(message(() => detectAnomaly(backward))).toMatch(/^sqrt 'root' \(2\): expected finite/)
  })

  test('stands in the message of checkGradients', () => {
    const wrong = unary('wrong', { f: (x) => x ** 3, vjp: (g, _, x) => g.mul(x).mul(3) })
    expect(() =>
      checkGradients((x: Tensor) => named('cube', wrong(x)).sum(), [leaf(1, 2)]),
    ).toThrow("the op wrong 'cube' of (2)")
  })

  test('is text, of a tensor', () => {
    expect(() => named('', leaf(1))).toThrow(ValueError)
    expect(() => named(1 as never, leaf(1))).toThrow(
      "named: expected a name, as in named('i', t), got 1",
    )
    expect(() => named('x', 1 as never)).toThrow(DTypeError)
  })
})

test('the gates of cells have the names of the papers', () => {
  const names = (t: Tensor): string[] =>
    String(tape(t))
      .split('\n')
      .flatMap((line) => /^ {2}([a-z]) = /.exec(line)?.[1] ?? [])
  const x = ones([2, 3])
  expect(names(new LSTMCell(3, 2).forward(x).h)).toEqual(['f', 'i', 'g', 'o'])
  expect(names(new GRUCell(3, 2).forward(x).h)).toEqual(['m', 'r', 'z', 'n'])
  expect(names(new GRUCell(3, 2, { resetAfter: false }).forward(x).h)).toEqual(['r', 'm', 'n', 'z'])
})

test('names neither stop a program nor change a bit of it', () => {
  const plain = (a: Tensor, b: Tensor): Tensor => a.mul(b).tanh().add(a)
  const withNames = (a: Tensor, b: Tensor): Tensor => named('s', named('y', a.mul(b).tanh()).add(a))
  const [a, b] = [rand([3, 4], { requiresGrad: true }), rand([3, 4], { requiresGrad: true })]
  const numbers = (f: typeof plain): unknown => {
    const y = fuse(f)(a, b)
    expect(y.node?.inputs).toEqual([a, b])
    return [y, ...(grad(y.sum(), [a, b]) as Tensor[])].map((t) => t.toArray())
  }
  expect(numbers(withNames)).toEqual(numbers(plain))
  expect(new LSTM(3, 2).forward(ones([1, 4, 3])).output.shape).toEqual([1, 4, 2])
})
