// The printed equations of cells are those of docs/documents.md, line by line, in a normal form;
// the documents' errata, and other classic mistakes, are not.

import { readFileSync } from 'node:fs'
import { crossEntropy, Linear, LSTM, LSTMCell, ones, RNN, RNNCell, randn, tensor } from 'tapegrad'
import { derive } from 'tapegrad/derive'
import { describe, expect, test } from 'vitest'
import { parse, type Tree } from './language.ts'
import { normal, replaced } from './normal.ts'

const document = readFileSync(new URL('../../docs/documents.md', import.meta.url), 'utf8')
const section = (title: string): string => {
  const [, text] = document.split(`### ${title}`)
  return text.split('\n### ')[0]
}

/** The equations of a block of code: several on a line are far apart, and so are remarks. */
const equationsOf = (text: string): (readonly [left: string, right: string])[] =>
  text.split('\n').flatMap((line) =>
    line.split(/ {3,}(?![ =])/u).flatMap((part) => {
      const [, left, right] = /^(\[.*?\]|\S+) += (.*)$/u.exec(part.trim()) ?? []
      return left === undefined ? [] : [[left, right] as const]
    }),
  )

const name = (own: string): Tree => ({ kind: 'name', name: own })
const transposed = (of: Tree): Tree => ({ kind: 'transposed', of })
const sum = (...parts: Tree[]): Tree => ({ kind: 'sum', parts: parts.map((part) => [1, part]) })

/** The documents' names for what the library calls otherwise. */
interface Names {
  /** Columns there, rows here. */
  readonly data: Readonly<Record<string, string>>
  readonly weights: Readonly<Record<string, string>>
  /** One there, two here. */
  readonly biases: Readonly<Record<string, readonly [string, string]>>
}

/** An expression in columns as one in rows. */
const inRows = (tree: Tree, { data, weights, biases }: Names): Tree =>
  replaced(tree, (one) => {
    if (one.kind === 'total')
      return { ...one, index: 'ₙ', of: transposed(inRows(one.of, { data, weights, biases })) }
    if (one.kind !== 'name') return null
    if (one.name in data) return transposed(name(data[one.name]))
    if (one.name in biases) return sum(...biases[one.name].map(name))
    if (one.name in weights) return name(weights[one.name])
    throw new Error(`${one.name} is not known`)
  })

/** The right sides that derive gives, by their names, with some lines written out. */
function ours(derivation: ReturnType<typeof derive>, inlined: RegExp | null = null) {
  const trees = new Map(derivation.lines.map((line) => [line.name, parse(line.expression)]))
  const written = (tree: Tree): Tree =>
    replaced(tree, (one) => {
      const definition = one.kind === 'name' && inlined?.test(one.name) ? trees.get(one.name) : null
      return definition ? written(definition) : null
    })
  const aliases = (tree: Tree): Tree =>
    tree.kind === 'name' && tree.name.startsWith('δb')
      ? aliases(trees.get(tree.name) as Tree)
      : tree
  return (own: string): Tree => {
    const tree = trees.get(own)
    if (tree === undefined) throw new Error(`derive gives no ${own}`)
    return written(aliases(tree))
  }
}

const RNN_NAMES: Names = {
  data: { x: 'x', 'a⁻': 'h', a: 'h′', z: 'z', δz: 'δz', δa: 'δh′', δx: 'δx', 'δa⁻': 'δh' },
  weights: { Wax: 'W_ih', Waa: 'W_hh' },
  biases: { ba: ['b_ih', 'b_hh'] },
}
const RNN_GRADIENTS = { δWax: ['δW_ih'], δWaa: ['δW_hh'], δba: ['δb_ih', 'δb_hh'] }
const vectors = ['b_ih', 'b_hh', ...'ifgo'].flatMap((b) =>
  b.length > 1 ? [b] : [`b_i${b}`, `b_h${b}`],
)

/** The normal forms of a document's equation, and of those that derive gives for it. */
function rnnForms(left: string, right: string): [document: string, ours: readonly string[]] {
  const get = ours(derive(new RNNCell(3, 4)))
  const isData = left in RNN_NAMES.data
  const form = { flipped: isData, vectors }
  const own = isData ? [RNN_NAMES.data[left]] : RNN_GRADIENTS[left as keyof typeof RNN_GRADIENTS]
  return [
    normal(inRows(parse(right), RNN_NAMES), form),
    own.map((one) => normal(get(one), { vectors })),
  ]
}

describe('RNN, one step (D0, D4, D1)', () => {
  const equations = equationsOf(section('RNN, one step')).filter(([left]) => left !== 'ŷ')
  test('every equation is there', () => {
    expect(equations.map(([left]) => left)).toEqual([
      'z',
      'a',
      'δz',
      'δx',
      'δa⁻',
      'δWax',
      'δWaa',
      'δba',
    ])
  })
  test.each(equations)('%s = %s', (left, right) => {
    const [theirs, own] = rnnForms(left, right)
    for (const one of own) expect(one).toBe(theirs)
  })
  test.each([
    ['δz', '(1 − a) ⊙ δa'],
    ['δz', 'δa'],
    ['δx', 'Wax δz'],
    ['δa⁻', 'Waxᵀ δz'],
    ['δWaa', 'δz aᵀ'],
    ['δWax', 'x δzᵀ'],
  ])('%s = %s is wrong', (left, right) => {
    const [theirs, own] = rnnForms(left, right)
    for (const one of own) expect(one).not.toBe(theirs)
  })
})

test('RNN in rows (D2)', () => {
  const [, sentence] = /In rows \(D2\) the same is ([^\n]*)\./u.exec(section('RNN, one step')) ?? []
  const get = ours(derive(new RNNCell(3, 4)))
  const weights: Record<string, string> = { Wh: 'W_hh', Wx: 'W_ih' }
  const data: Record<string, string> = { 'h⁻': 'h', x: 'x', δz: 'δz' }
  const equations = sentence.split(', ').map((one) => one.split(' = '))
  expect(equations.map(([left]) => left)).toEqual(['z', 'δx', 'δh⁻', 'δWx', 'δWh'])
  for (const [left, right] of equations) {
    const tree = replaced(parse(right), (one) => {
      if (one.kind !== 'name') return null
      if (one.name in weights) return transposed(name(weights[one.name]))
      return one.name === 'b' ? sum(name('b_ih'), name('b_hh')) : name(data[one.name])
    })
    const own: Record<string, string> = { 'δh⁻': 'δh', δWx: 'δW_ih', δWh: 'δW_hh' }
    const flipped = left.startsWith('δW')
    expect(normal(get(own[left] ?? left), { flipped, vectors })).toBe(normal(tree, { vectors }))
  }
})

const GATES: Readonly<Record<string, string>> = { Wf: 'f', Wi: 'i', Wc: 'g', Wo: 'o' }
const LSTM_DATA: Readonly<Record<string, string>> = {
  x: 'x',
  'a⁻': 'h',
  a: 'h′',
  'c⁻': 'c',
  c: 'c′',
  δa: 'δh′',
  δc: 'δc′',
  'δc⁻': 'δc',
  s: 's',
  ...Object.fromEntries(
    [...'fiog'].flatMap((k) => [
      [k, k],
      [`δz${k}`, `δz_${k}`],
    ]),
  ),
}

/** Part 0 of a stacked expression is of a⁻, part 1 of x. */
const part = (tree: Tree, p: number): Tree =>
  replaced(tree, (one) => {
    if (one.kind === 'joined') return part(one.parts[p], p)
    if (one.kind === 'name' && one.name in GATES) return name(`W_${'hi'[p]}${GATES[one.name]}`)
    return null
  })

/** Products of stacked matrices as sums of products. */
const unstacked = (tree: Tree): Tree =>
  replaced(tree, (one) =>
    one.kind === 'beside' && one.right.kind === 'joined' && one.left.kind === 'name'
      ? sum(part(one, 0), part(one, 1))
      : null,
  )

const lstmNames = (): Names => ({
  data: LSTM_DATA,
  weights: Object.fromEntries(
    Object.values(GATES).flatMap((k) => [`W_i${k}`, `W_h${k}`].map((w) => [w, w])),
  ),
  biases: Object.fromEntries(
    Object.entries(GATES).map(([w, k]) => [`b${w[1]}`, [`b_i${k}`, `b_h${k}`]]),
  ),
})

/** Pairs of what a document's equation says and what derive says, as normal forms. */
function lstmForms(left: string, right: string): (readonly [theirs: string, own: string])[] {
  const get = ours(derive(new LSTMCell(3, 4)), /^z_/u)
  const form = (tree: Tree, flipped: boolean): string =>
    normal(inRows(tree, lstmNames()), { flipped, vectors })
  const mine = (own: string): string => normal(get(own), { vectors })
  if (left in LSTM_DATA) return [[form(unstacked(parse(right)), true), mine(LSTM_DATA[left])]]
  if (left.startsWith('['))
    return ['δh', 'δx'].map((own, p) => [form(part(parse(right), p), true), mine(own)] as const)
  return [...'ifgo'].flatMap((k) => {
    const tree = replaced(parse(right), (one) =>
      one.kind === 'name' && one.name === 'δzk' ? name(`δz${k}`) : null,
    )
    if (left === 'δbk')
      return ['i', 'h'].map((from) => [form(tree, false), mine(`δb_${from}${k}`)] as const)
    return ['h', 'i'].map(
      (from, p) => [form(part(tree, p), false), mine(`δW_${from}${k}`)] as const,
    )
  })
}

describe('LSTM, one step (D0, D3, D2)', () => {
  const equations = equationsOf(section('LSTM, one step'))
  test('every equation is there', () => {
    expect(equations.map(([left]) => left)).toEqual(
      'f i o g c a s δc⁻ δzo δzf δzi δzg δWk δbk'.split(' ').concat('[δa⁻; δx]'),
    )
  })
  test.each(equations)('%s = %s', (left, right) => {
    const forms = lstmForms(left, right)
    expect(forms.length).toBeGreaterThan(0)
    for (const [theirs, own] of forms) expect(own).toBe(theirs)
  })
  test.each([
    ['s', 'o ⊙ (1 − tanh²(c)) ⊙ δa'],
    ['s', 'δc + o ⊙ (1 − tanh(c)) ⊙ δa'],
    ['s', 'δc + o ⊙ (1 − c²) ⊙ δa'],
    ['δc⁻', 'f ⊙ δc'],
    ['δzo', 'tanh(c) ⊙ δa ⊙ o'],
    ['δzo', 'c ⊙ δa ⊙ o ⊙ (1 − o)'],
    ['δzf', 'c ⊙ s ⊙ f ⊙ (1 − f)'],
    ['δzi', 'g ⊙ s ⊙ i ⊙ (1 − f)'],
    ['δzg', 'i ⊙ s ⊙ (1 − g)'],
    ['δWk', 'δzk [x; a⁻]ᵀ'],
    ['[δa⁻; δx]', 'Wfᵀ δzi + Wiᵀ δzf + Wcᵀ δzg + Woᵀ δzo'],
    ['[δa⁻; δx]', 'Wfᵀ δzf + Wiᵀ δzi + Woᵀ δzo'],
  ])('%s = %s is wrong', (left, right) => {
    expect(lstmForms(left, right).some(([theirs, own]) => own !== theirs)).toBe(true)
  })
})

describe('what is carried', () => {
  const text = section('RNN, a sequence')
  const carried = (layer: RNN | LSTM, state: string): string => {
    const { lines } = derive(layer)
    return lines.find((line) => line.name === state)?.expression ?? ''
  }
  test('an RNN: the gradient from outside and the carry', () => {
    const [, given] = /step backward\( (.*?) \)/u.exec(text) ?? []
    const tree = replaced(parse(given), (one) => {
      if (one.kind !== 'name') return null
      return name(one.name === 'carry' ? 'δh⁻⟨t+1⟩' : 'δy⟨t⟩')
    })
    const own = normal(parse(carried(new RNN(3, 4), 'δh⟨t⟩')))
    expect(own).toBe(normal(tree))
    // E1 and E2: nothing is carried.
    expect(own).not.toBe(normal(parse('δy⟨t⟩')))
    expect(text).toContain('δa⟨0⟩ = carry')
    expect(carried(new RNN(3, 4), 'δh⟨0⟩')).toBe('δh⁻⟨1⟩')
  })
  test('an LSTM: both, and weights over all steps', () => {
    const lstm = new LSTM(3, 4)
    expect(carried(lstm, 'δh⟨t⟩')).toBe('δy⟨t⟩ + δh⁻⟨t+1⟩')
    const s = parse(carried(lstm, 's⟨t⟩'))
    const theirs = 'δc⁻⟨t+1⟩ + o⟨t⟩ ⊙ (1 − tanh²(c⟨t⟩)) ⊙ δh⟨t⟩'
    expect(normal(s)).toBe(normal(parse(theirs)))
    expect(normal(s)).not.toBe(normal(parse(theirs.replace('δc⁻⟨t+1⟩ + ', ''))))
    expect(carried(lstm, 'δW_hf')).toBe('Σₜ δz_f⟨t⟩ᵀ h⟨t−1⟩')
  })
})

test('the read-out (D1): ŷ − onehot(y), for a loss that is a sum', () => {
  const [, right] = /δ\(read-out\)⟨t⟩ = (.*)/u.exec(section('The character model')) ?? []
  expect(right).toBe('ŷ⟨t⟩ − onehot(y⟨t⟩)')
  const classes = tensor([1, 0, 4], { dtype: 'int32' })
  const loss = derive(
    ({ logits }) => ({ loss: crossEntropy(logits, classes, { reduction: 'sum' }) }),
    { logits: randn([3, 5]) },
  )
  const gradient = loss.lines.find((line) => line.name === 'δlogits')?.expression ?? ''
  const theirs = 'δloss ⊙ (softmax(logits) − onehot(k1, D))'
  expect(normal(parse(gradient))).toBe(normal(parse(theirs)))
})

test('affine (D2): δx = δout wᵀ, δb = Σ δout', () => {
  const text = section('Around the recurrence')
  expect(text).toMatch(/δx = δout wᵀ .* δb = Σₙₜ δout/u)
  const get = ours(derive(new Linear(3, 4), [ones([2, 3])]))
  const theirs = replaced(parse('δout wᵀ'), (one) =>
    one.kind !== 'name' ? null : one.name === 'w' ? transposed(name('W')) : name('δy'),
  )
  expect(normal(get('δx'))).toBe(normal(theirs))
  expect(normal(get('δW'), { flipped: true })).toBe(normal(parse('xᵀ δy')))
  expect(normal(get('δb'))).toBe(normal(parse('Σₙ δy')))
})
