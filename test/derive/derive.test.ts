// What derive takes, gives and refuses.

import {
  checkpoint,
  DTypeError,
  GRU,
  Linear,
  LSTM,
  LSTMCell,
  Module,
  named,
  ones,
  RNN,
  RNNCell,
  randn,
  type Tensor,
  tensor,
  ValueError,
} from 'tapegrad'
import { derive } from 'tapegrad/derive'
import { describe, expect, test } from 'vitest'

const names = (lines: readonly { name: string }[]): string[] => lines.map(({ name }) => name)

describe('what it gives', () => {
  test('a sum of all, undone and done again, without the shapes between', () => {
    const [x, w] = [randn([2, 3]), randn([3, 4])]
    const f = (given: { x: Tensor; w: Tensor }) => given.x.matmul(given.w).tanh().sum()
    const { lines } = derive(f, { x, w }, { order: 2 })
    expect(lines.at(-1)).toMatchObject({
      name: 'εδy',
      expression: 'Σ εδmatmul1 ⊙ (1 − tanh1²)',
    })
  })
  test('one pass or both', () => {
    const cell = new RNNCell(3, 4)
    expect(names(derive(cell, { passes: 'forward' }).lines)).toEqual(['z', 'h′'])
    const backward = derive(cell, { passes: 'backward' })
    expect(backward.lines[0]).toEqual({
      name: 'δz',
      expression: 'δh′ ⊙ (1 − h′²)',
      latex: "\\delta z = \\delta h' \\odot \\left(1 - {h'}^{2}\\right)",
      shape: ['N', 'H'],
      part: 'backward',
      steps: null,
    })
    expect(backward.sizes).toEqual({ N: 2, D: 3, H: 4 })
    expect(derive(cell).lines).toHaveLength(backward.lines.length + 2)
  })

  test('shapes in letters, also where sizes are equal', () => {
    const { lines } = derive(new LSTMCell(4, 4, { projSize: 2 }))
    const shapes = Object.fromEntries(lines.map(({ name, shape }) => [name, shape.join(' ')]))
    expect(shapes).toMatchObject({
      'h′': 'N P',
      'c′': 'N H',
      δx: 'N D',
      δW_ii: 'H D',
      δW_hi: 'H P',
      δW_hr: 'P H',
      δb_ii: 'H',
    })
  })

  test('letters and names of a caller', () => {
    const w = randn([3, 5], { requiresGrad: true })
    const f = ({ x }: { x: Tensor }): Tensor => x.matmul(w).relu()
    const derivation = derive(
      f,
      { x: ones([2, 3]) },
      { names: { weight: w }, letters: { x: 'B F' } },
    )
    expect(derivation.title).toBe('f: x (B, F)')
    expect(derivation.beginnings.map(({ name, shape }) => [name, ...shape])).toEqual([
      ['x', 'B', 'F'],
      ['W', 'F', 'D'],
      ['δy', 'B', 'D'],
    ])
  })

  test('results in a list or by name, numbers that f makes, parameters without a name', () => {
    const w = randn([3], { requiresGrad: true })
    const derivation = derive((x: Tensor) => [x.mul(w), x.add(tensor([1, 2, 3]))], [ones([3])])
    expect(names(derivation.lines)).toEqual(['y1', 'y2', 'δx', 'δp1'])
    expect(derivation.beginnings.find(({ kind }) => kind === 'constant')?.values).toEqual([1, 2, 3])
  })

  test('a gradient that is 0 is written so, also where a result is', () => {
    for (const f of [(x: Tensor) => x.sub(x), (x: Tensor) => x.mul(0)])
      expect(
        derive(f, [ones([2, 3])]).lines.map(({ name, expression }) => [name, expression]),
      ).toEqual([
        ['y', 'full(0, N, D)'],
        ['δx', '0'],
      ])
  })

  test('a result that depends on no input, beside another', () => {
    const { lines } = derive((x: Tensor) => ({ k: tensor([1, 2]), z: x.exp() }), [ones([2, 3])])
    expect(names(lines)).toEqual(['z', 'k', 'δx'])
  })

  test('what is used twice has a line of its own', () => {
    const inputs = { a: ones([2, 3]), b: ones([2, 3]) }
    const { lines } = derive(({ a, b }) => a.maximum(b), inputs, { passes: 'backward' })
    expect(names(lines)).toEqual(['δa', 'δb'])
    expect(lines.map(({ expression }) => expression)).toEqual([
      '[a ≥ b] ⊙ δy ⊙ t1',
      '[b ≥ a] ⊙ δy ⊙ t1',
    ])
  })

  test('what a checkpoint computes again is written once', () => {
    const inner = (x: Tensor): Tensor => named('z', x.mul(x)).tanh()
    const plain = derive((x: Tensor) => inner(x), [ones([2, 3])])
    const again = derive((x: Tensor) => checkpoint(inner)(x), [ones([2, 3])])
    expect(again.lines).toEqual(plain.lines)
  })

  test('tensors and the gradients of a caller are left alone', () => {
    const cell = new RNNCell(3, 4)
    const x = ones([2, 3], { requiresGrad: true })
    derive(({ x }) => ({ y: cell.forward(x).h }), { x }, { order: 2 })
    expect([x, ...cell.parameters()].map(({ grad }) => grad)).toEqual(Array(5).fill(null))
    expect(cell.parameters().every(({ requiresGrad }) => requiresGrad)).toBe(true)
  })

  test('LaTeX with as many braces opened as closed, and no sign that TeX does not know', () => {
    for (const module of [new LSTM(3, 4), new RNN(3, 4, { bidirectional: true })]) {
      const latex = derive(module).toLaTeX()
      expect(latex.split('{')).toHaveLength(latex.split('}').length)
      expect(latex.split('\\left')).toHaveLength(latex.split('\\right').length)
      const code = latex.split('\n').filter((line) => !line.startsWith('%'))
      expect(code.join('')).toMatch(/^[\x20-\x7e]*$/)
      expect(code.join('')).not.toMatch(/\}_\{[^}]*\}_\{/)
    }
  })
})

describe('what it refuses', () => {
  const f = (x: Tensor): Tensor => x.square()
  const layer = new RNN(3, 2)
  const x = ones([2, 3])
  test.each<[string, () => unknown, unknown, string]>([
    [
      'no function',
      () => derive(1 as never, [ones([1])]),
      ValueError,
      'a function or a Module, got 1',
    ],
    ['no inputs', () => derive(f as never), ValueError, 'expected the inputs of f'],
    [
      'a list of none',
      () => derive(f as never, []),
      ValueError,
      'expected at least one input, got none: ',
    ],
    ['an object of none', () => derive(f as never, {}), ValueError, 'at least one input, got none'],
    [
      'a tensor',
      () => derive(f as never, x as never),
      ValueError,
      'got a Tensor: put it in a list',
    ],
    [
      'null',
      () => derive(f as never, null as never),
      ValueError,
      'an object of tensors, got null: put',
    ],
    [
      'a number by name',
      () => derive(f as never, { x: 3 } as never),
      DTypeError,
      'x to be a Tensor, got 3',
    ],
    [
      'a result of no input',
      () => derive(() => ones([2]), [x]),
      ValueError,
      'expected a result with a gradient, got none: let f compute one from its inputs',
    ],
    [
      'whole numbers',
      () => derive(f, [x.to('int32')]),
      ValueError,
      "of floats, as x.to('float64')",
    ],
    ['letters', () => derive(f, [x], { letters: null as never }), ValueError, 'got null: leave'],
    [
      'a letter',
      () => derive(f, [x], { letters: { x: 3 } as never }),
      ValueError,
      "the letters of x as one string, got 3: give 'N D'",
    ],
    ['names', () => derive(f, [x], { names: null as never }), ValueError, 'got null: give { w }'],
    [
      'names without tensors',
      () => derive(f, [x], { names: [3] as never }),
      ValueError,
      "got 3 as one of them: give ['w', w]",
    ],
    ['a module without', () => derive(new Linear(2, 3)), ValueError, "inputs of Linear's forward"],
    ['numbers', () => derive(f, [1] as never), DTypeError, 'input x to be a Tensor, got 1'],
    ['an order', () => derive(f, [ones([1])], { order: 3 as never }), ValueError, '1 or 2, got 3'],
    ['passes', () => derive(f, [ones([1])], { passes: 'all' as never }), ValueError, 'passes'],
    ['options', () => derive(f, [ones([1])], { ordr: 2 } as never), ValueError, "'ordr'"],
    ['a result', () => derive((() => 3) as never, [ones([1])]), DTypeError, 'return tensors, got'],
    [
      'a change in place',
      () => derive((x: Tensor) => x.add(ones([1]).assign_(ones([1]))), [ones([1])]),
      ValueError,
      'changes numbers in place',
    ],
    [
      'order 2 of a layer',
      () => derive(new LSTM(2, 3), { order: 2 }),
      ValueError,
      'derive its cell',
    ],
    [
      'a layer inside',
      () => derive((x: Tensor) => layer.forward(x).output, [ones([1, 4, 3])]),
      ValueError,
      'a whole sequence of rnn in f: derive the layer by itself',
    ],
    ['dropout', () => derive(new GRU(2, 3, { zoneout: 0.1 })), ValueError, 'got zoneout'],
    [
      'letters that disagree',
      () => derive(f, [ones([2, 3])], { letters: { x: 'N N' } }),
      ValueError,
      'one length for N, got 2 and 3',
    ],
  ])('%s', (_, call, error, message) => {
    expect(call).toThrow(error as typeof ValueError)
    expect(call).toThrow(message)
  })

  test('a cell whose input is not known', () => {
    class Own extends Module {
      stateSize = { h: 2 }
      forward(x: Tensor, { h }: { h: Tensor }): { h: Tensor } {
        return { h: h.add(x) }
      }
    }
    expect(() => derive(new Own())).toThrow('as in derive(cell, { x })')
    expect(names(derive(new Own(), { x: ones([5, 2]) }).lines)).toEqual(['h′', 'δx', 'δh'])
  })
})
