// What tape() shows of a graph: its text and DOT word for word, its drawing, and that nothing is
// lost in folding: the text, unfolded again, is the whole graph.

import fc from 'fast-check'
import {
  DTypeError,
  grad,
  LibraryError,
  LSTMCell,
  ones,
  RNNCell,
  stack,
  TapeError,
  type Tensor,
  tape,
  ValueError,
  zeros,
} from 'tapegrad'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { refusal, untyped } from '../../../support/refusal.ts'
import { leaf } from '../../../support/tensors.ts'

function diamond(): { x: Tensor; y: Tensor } {
  const x = leaf([1, 2, 3], 'float32')
  const shared = x.mul(2).tanh()
  return { x, y: shared.mul(x).add(shared.sigmoid()) }
}

/** An RNN cell over T steps, from a state that is an input. */
function recurrence(T: number): { names: [string, Tensor][]; hs: Tensor[] } {
  const cell = new RNNCell(3, 5)
  const h0 = zeros([2, 5])
  const hs: Tensor[] = []
  for (let t = 0; t < T; t++) hs.push(cell.forward(ones([2, 3]), { h: hs[t - 1] ?? h0 }).h)
  return { names: [...cell.namedParameters(), ['h0', h0]], hs }
}

describe('text', () => {
  test('an expression whose parts are used twice', () => {
    expect(String(tape(diamond().y))).toMatchInlineSnapshot(`
      "tape of %5: 5 ops
        p1                (3) float32  parameter

        %1 = mul(p1, 2)   (3) float32
        %2 = tanh(%1)     (3) float32
        %3 = mul(%2, p1)  (3) float32
        %4 = sigmoid(%2)  (3) float32
        %5 = add(%3, %4)  (3) float32"
    `)
  })

  test('one step of an LSTM, both results, everything named', () => {
    const cell = new LSTMCell(3, 5)
    const [x, h, c] = [ones([2, 3]), zeros([2, 5]), zeros([2, 5])]
    const after = cell.forward(x, { h, c })
    const names = [
      ...cell.namedParameters(),
      ...Object.entries({ x, h, c, 'h′': after.h, 'c′': after.c }),
    ]
    expect(String(tape([after.h, after.c], { names }))).toMatchInlineSnapshot(`
      "tape of h′, c′: 16 ops
        x                                   (2, 3) float32  input, made by ones
        weight_ih                           (20, 3) float32  parameter
        bias_ih                             (20) float32  parameter
        h                                   (2, 5) float32  input, made by zeros
        weight_hh                           (20, 5) float32  parameter
        bias_hh                             (20) float32  parameter
        c                                   (2, 5) float32  input, made by zeros

        %1 = affine(x, weight_ih, bias_ih)  (2, 20) float32
        %2 = affine(h, weight_hh, bias_hh)  (2, 20) float32
        %3 = add(%1, %2)                    (2, 20) float32
        %4 = slice(%3)[:, 0:5]              (2, 5) float32
        %5 = slice(%3)[:, 5:10]             (2, 5) float32
        %6 = slice(%3)[:, 10:15]            (2, 5) float32
        %7 = slice(%3)[:, 15:20]            (2, 5) float32
        %8 = sigmoid(%5)                    (2, 5) float32
        %9 = mul(%8, c)                     (2, 5) float32
        %10 = sigmoid(%4)                   (2, 5) float32
        %11 = tanh(%6)                      (2, 5) float32
        %12 = mul(%10, %11)                 (2, 5) float32
        c′ = add(%9, %12)                   (2, 5) float32
        %14 = sigmoid(%7)                   (2, 5) float32
        %15 = tanh(c′)                      (2, 5) float32
        h′ = mul(%14, %15)                  (2, 5) float32"
    `)
  })

  test('an RNN cell over 50 steps is shown once', () => {
    const { names, hs } = recurrence(50)
    expect(String(tape(stack(hs).square().sum(), { names }))).toMatchInlineSnapshot(`
      "tape of %7: 203 ops
        x1                                          (2, 3) float32  × 50  input, made by ones
        weight_ih                                   (5, 3) float32  parameter
        bias_ih                                     (5) float32  parameter
        h0                                          (2, 5) float32  input, made by zeros
        weight_hh                                   (5, 5) float32  parameter
        bias_hh                                     (5) float32  parameter

        × 50, t = 1…50, from %4[0] = h0
          %1 = affine(x1[t], weight_ih, bias_ih)    (2, 5) float32
          %2 = affine(%4[t−1], weight_hh, bias_hh)  (2, 5) float32
          %3 = add(%1, %2)                          (2, 5) float32
          %4 = tanh(%3)                             (2, 5) float32

        %5 = stack(%4[1…50])[axis 0]                (50, 2, 5) float32
        %6 = square(%5)                             (50, 2, 5) float32
        %7 = sum(%6)                                () float32"
    `)
    expect(
      String(tape(hs[49], { names: [...names, ['h', hs[49]]] })).split('\n')[0],
    ).toMatchInlineSnapshot(`"tape of h = %4[50]: 200 ops"`)
    expect(String(tape(hs[49], { fold: false })).split('\n')).toHaveLength(1 + 55 + 1 + 200)
  })

  test('its recorded derivative is a sequence too, and reads the first one backwards', () => {
    const { names, hs } = recurrence(50)
    const parameter = names[1][1]
    expect(
      String(tape(grad(hs[49].sum(), parameter, { createGraph: true }), { names })),
    ).toMatchInlineSnapshot(`
      "tape of %17: 448 ops
        x1                                          (2, 3) float32  × 50  input, made by ones
        weight_ih                                   (5, 3) float32  parameter
        bias_ih                                     (5) float32  parameter
        h0                                          (2, 5) float32  input, made by zeros
        weight_hh                                   (5, 5) float32  parameter
        bias_hh                                     (5) float32  parameter
        x2                                          (2, 5) float32  input, made by broadcastTo

        × 50, t = 1…50, from %4[0] = h0
          %1 = affine(x1[t], weight_ih, bias_ih)    (2, 5) float32
          %2 = affine(%4[t−1], weight_hh, bias_hh)  (2, 5) float32
          %3 = add(%1, %2)                          (2, 5) float32
          %4 = tanh(%3)                             (2, 5) float32

        %5 = tanhGrad(x2, %4[50])                   (2, 5) float32
        %6 = matmul(%5, weight_hh)                  (2, 5) float32
        %7 = t(%5)                                  (5, 2) float32
        %8 = matmul(%7, %4[49])                     (5, 5) float32
        %9 = tanhGrad(%6, %4[49])                   (2, 5) float32

        × 48, t = 1…48, from %14[0] = %9, %13[0] = %8
          %10 = matmul(%14[t−1], weight_hh)         (2, 5) float32
          %11 = t(%14[t−1])                         (5, 2) float32
          %12 = matmul(%11, %4[49−t])               (5, 5) float32
          %13 = add(%13[t−1], %12)                  (5, 5) float32
          %14 = tanhGrad(%10, %4[49−t])             (2, 5) float32

        %15 = t(%14[48])                            (5, 2) float32
        %16 = matmul(%15, h0)                       (5, 5) float32
        %17 = add(%13[48], %16)                     (5, 5) float32"
    `)
  })

  test('layers in a loop over time fold over time; shared parts and others are told apart', () => {
    const weights = [leaf([1], 'float32'), leaf([2], 'float32')]
    let states: Tensor[] = [zeros([1]), zeros([1])]
    for (let t = 0; t < 9; t++) {
      let x: Tensor = ones([1])
      states = states.map((h, layer) => {
        x = h.add(x).mul(weights[layer]).tanh()
        return x
      })
    }
    expect(
      String(tape(states[1], { names: { w0: weights[0], w1: weights[1] } })),
    ).toMatchInlineSnapshot(`
      "tape of %11[8]: 53 ops
        x1                          (1) float32  input, made by add
        w0                          (1) float32  parameter
        x2                          (1) float32  input, made by zeros
        w1                          (1) float32  parameter
        x3                          (1) float32  × 8  input, made by ones

        %1 = mul(x1, w0)            (1) float32
        %2 = tanh(%1)               (1) float32
        %3 = add(x2, %2)            (1) float32
        %4 = mul(%3, w1)            (1) float32
        %5 = tanh(%4)               (1) float32

        × 8, t = 1…8, from %8[0] = %2, %11[0] = %5
          %6 = add(%8[t−1], x3[t])  (1) float32
          %7 = mul(%6, w0)          (1) float32
          %8 = tanh(%7)             (1) float32
          %9 = add(%11[t−1], %8)    (1) float32
          %10 = mul(%9, w1)         (1) float32
          %11 = tanh(%10)           (1) float32"
    `)
  })

  test('what an op was asked for, numbers, dtypes, and a leaf by itself', () => {
    const x = leaf([[1, 2, 3]])
    expect(
      String(tape(x.slice(1, 0, 3, 2).mul(-0.1).to('float32').select(0, 0).slice(0, 1))),
    ).toMatchInlineSnapshot(`
      "tape of %5: 5 ops
        p1                        (1, 3) float64  parameter

        %1 = slice(p1)[:, 0:3:2]  (1, 2) float64
        %2 = mul(%1, −0.1)        (1, 2) float64
        %3 = to(%2)[float32]      (1, 2) float32
        %4 = select(%3)[0]        (2) float32
        %5 = slice(%4)[1:2]       (1) float32"
    `)
    expect(String(tape(x, { names: { x } }))).toMatchInlineSnapshot(`
      "tape of x: 0 ops
        x  (1, 3) float64  parameter"
    `)
  })

  test('an op that was walked already has let go of its inputs', () => {
    const x = leaf([1, 2], 'float32')
    const y = x.exp().slice(0, 1)
    y.backward()
    expect(String(tape(y.mul(x)))).toMatchInlineSnapshot(`
      "tape of %2: 2 ops
        p1                (2) float32  parameter

        %1 = slice(…)     (1) float32  walked by backward(): its inputs are gone
        %2 = mul(%1, p1)  (2) float32"
    `)
  })
})

describe('DOT', () => {
  test('an expression whose parts are used twice', () => {
    expect(tape(diamond().y).toDot()).toMatchInlineSnapshot(`
      "digraph tape {
        graph [rankdir=LR, ordering=in, ranksep=0.25, nodesep=0.25, pad=0.15, fontname="Helvetica", fontsize=12, fontcolor="#6b7380"]
        node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=12, height=0.38, margin="0.18,0.06"]
        edge [fontname="Helvetica", fontsize=9, color="#9aa3af", fontcolor="#6b7380", arrowsize=0.6]
        n1 [fontname="Helvetica-Bold", fillcolor="#fff1d0", color="#d99a1c", label="p1"]
        n2 [shape=plaintext, style="", width=0, height=0.2, margin="0.05,0.02", label="2"]
        n3 [fillcolor="#f6f7f9", color="#9aa3af", label="mul"]
        n4 [fillcolor="#f6f7f9", color="#9aa3af", label="tanh"]
        n5 [fillcolor="#f6f7f9", color="#9aa3af", label="mul"]
        n6 [fillcolor="#f6f7f9", color="#9aa3af", label="sigmoid"]
        n7 [fillcolor="#dcf3e2", color="#2f9150", penwidth=2, label="add\\n→ %5 (3)"]
        n1 -> n3 [label="  (3)  "]
        n2 -> n3
        n3 -> n4 [label="  (3)  "]
        n4 -> n5 [label="  (3)  "]
        n1 -> n5 [label="  (3)  "]
        n4 -> n6 [label="  (3)  "]
        n5 -> n7 [label="  (3)  "]
        n6 -> n7 [label="  (3)  "]
      }"
    `)
  })

  test('a fold is a cluster, what is carried a dashed edge', () => {
    const { names, hs } = recurrence(50)
    const lines = tape(hs[49], { names }).toDot().split('\n')
    expect(
      lines.slice(lines.findIndex((line) => line.includes('subgraph'))).join('\n'),
    ).toMatchInlineSnapshot(`
      "  subgraph cluster_1 {
          graph [label="× 50", labeljust=l, style="rounded,dashed", color="#6b7380"]
          n7 [fillcolor="#f6f7f9", color="#9aa3af", label="affine"]
          n8 [fillcolor="#f6f7f9", color="#9aa3af", label="affine"]
          n10 [fillcolor="#f6f7f9", color="#9aa3af", label="add"]
          n9 [fillcolor="#dcf3e2", color="#2f9150", penwidth=2, label="tanh\\n→ %4[50] (2, 5)"]
        }
        n1 -> n7 [label="  (2, 3) [t]  "]
        n2 -> n7 [label="  (5, 3)  "]
        n3 -> n7 [label="  (5)  "]
        n4 -> n8 [label="  (2, 5) t = 1  "]
        n9 -> n8 [label="  (2, 5) [t−1]  ", style=dashed, constraint=false]
        n5 -> n8 [label="  (5, 5)  "]
        n6 -> n8 [label="  (5)  "]
        n7 -> n10 [label="  (2, 5)  "]
        n8 -> n10 [label="  (2, 5)  "]
        n10 -> n9 [label="  (2, 5)  "]
      }"
    `)
  })

  test('names are escaped', async () => {
    const { x, y } = diamond()
    const shown = tape(y, { names: [['say "x\\n" <&amp;>\n→ ', x]] })
    expect(shown.toDot().split('\n')[4]).toMatchInlineSnapshot(
      '"  n1 [fontname="Helvetica-Bold", fillcolor="#fff1d0", color="#d99a1c", label="say ' +
        `\\"x\\\\n\\" <&amp;amp;> → "]"`,
    )
    expect(await shown.toSVG()).toContain('>say &quot;x\\n&quot; &lt;&amp;amp;&gt; → <')
  })
})

describe('SVG', () => {
  afterEach(() => {
    vi.doUnmock('@viz-js/viz')
    vi.resetModules()
  })

  const textsOf = (svg: string): string[] =>
    [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text)

  test('shows every op, parameter and shape', async () => {
    const { names, hs } = recurrence(50)
    const svg = await tape(hs[49].square(), { names }).toSVG()
    expect(svg).toMatch(/<svg [\s\S]*<\/svg>\s*$/)
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining([
        '× 50',
        'affine',
        'add',
        'tanh',
        'square',
        'weight_hh',
        'h0',
        '→ %5 (2, 5)',
      ]),
    )
  })

  test('says how to get the package that draws it', async () => {
    vi.doMock('@viz-js/viz', () => {
      throw new Error('Cannot find package')
    })
    await expect(tape(leaf([1], 'float32').exp()).toSVG()).rejects.toThrow(LibraryError)
    await expect(tape(leaf([1], 'float32').exp()).toSVG()).rejects.toThrow(
      /^tape: expected @viz-js\/viz, .*: npm install @viz-js\/viz \(/,
    )
  })
})

test('refusals', () => {
  expect(refusal(TapeError, () => tape(ones([2])))).toMatchInlineSnapshot(
    '"tape: this tensor (2) does not depend on anything that requires a gradient: create a leaf ' +
      'with { requiresGrad: true }"',
  )
  const y = leaf([1, 2], 'float32').sum()
  y.backward()
  expect(refusal(TapeError, () => tape(y))).toMatchInlineSnapshot(
    '"tape: this graph was already walked (sum ()): call tape() before backward(), or pass { ' +
      'retainGraph: true } to backward()"',
  )
  expect(refusal(DTypeError, () => tape(untyped(3)))).toMatchInlineSnapshot(
    `"tape: expected a Tensor, got 3: make one with tensor(…)"`,
  )
  expect(refusal(ValueError, () => tape([]))).toMatchInlineSnapshot(
    `"tape: expected at least one tensor, got an empty array"`,
  )
  expect(
    refusal(ValueError, () => tape(leaf([1], 'float32'), untyped({ unfold: true }))),
  ).toMatchInlineSnapshot(`"tape: unknown option 'unfold': expected names, fold"`)
  expect(
    refusal(ValueError, () => tape(leaf([1], 'float32'), { names: untyped({ x: 1 }) })),
  ).toMatchInlineSnapshot(`"tape: expected names to name tensors, got 1 for "x""`)
})

describe('folding', () => {
  /**
   * The ops of a text in the order of recording, every fold written out: each op with the positions
   * of those it reads, `_` for what is not an op, and `…` for one of a list of which only the first
   * and the last is told.
   */
  function unfolded(text: string): (string | number)[][] {
    const found: (string | number)[][] = []
    const positions = new Map<string, number>()
    const read = (
      reference: string,
      t: number,
      beginnings: Map<string, string>,
    ): (string | number)[] => {
      if (reference.includes(' … ')) return ['…']
      const [, id, at = ''] = /^(%\d+)(?:\[(.*)\])?$/.exec(reference) ?? []
      if (id === undefined) return ['_']
      const span = at.split('…').map(Number)
      if (span.length === 2) {
        const direction = Math.sign(span[1] - span[0])
        return Array.from(
          { length: Math.abs(span[1] - span[0]) + 1 },
          (_, i) => positions.get(`${id}[${span[0] + i * direction}]`) ?? '_',
        )
      }
      const [, before, plus, after] = /^(?:(\d+)−)?t(?:([+−]\d+))?()$/.exec(at) ?? []
      const step =
        after === undefined
          ? at === ''
            ? t
            : Number(at)
          : before === undefined
            ? t + Number((plus ?? '0').replace('−', '-'))
            : Number(before) - t
      const key = `${id}[${step}]`.replace('-', '−')
      const beginning = beginnings.get(key)
      if (step <= 0 && at !== '' && beginning !== undefined) return read(beginning, t, new Map())
      return [
        positions.get(key) ??
          positions.get(id) ??
          expect.fail(`${reference} at step ${t} is nowhere`),
      ]
    }
    const blocks = text.split('\n\n').slice(1)
    for (const block of blocks) {
      const header = /× (\d+), t = 1…\d+(?:, from (.*))?/.exec(block)
      const beginnings = new Map(
        (header?.[2] ?? '').split(', ').map((each) => each.split(' = ') as [string, string]),
      )
      const ops = [...block.matchAll(/^ +(%\d+) = (\w+)\((.*?)\)\S* /gm)]
      for (let t = 1; t <= Number(header?.[1] ?? 1); t++) {
        for (const [, id, op, inputs] of ops) {
          const places = inputs.split(', ').flatMap((reference) => read(reference, t, beginnings))
          positions.set(header === null ? id : `${id}[${t}]`, found.length)
          found.push([op, ...places])
        }
      }
    }
    return found
  }

  const choice = fc.nat({ max: 40 })
  const body = fc.array(fc.tuple(fc.constantFrom('add', 'mul', 'tanh', 'exp'), choice, choice), {
    minLength: 1,
    maxLength: 5,
  })
  const loops = fc.array(
    fc.record({ body, rounds: fc.integer({ min: 1, max: 12 }), lists: fc.boolean() }),
    { minLength: 1, maxLength: 3 },
  )

  /**
   * Loops whose ops read results that stand a fixed way back, or leaves: the same in each round, or
   * a new one. All of one shape.
   */
  function program(
    all: { body: [string, number, number][]; rounds: number; lists: boolean }[],
  ): Tensor {
    const made = [leaf([0.5], 'float32'), leaf([0.25], 'float32')]
    const fixed = leaf([2], 'float32')
    for (const { body, rounds, lists } of all) {
      for (let round = 0; round < rounds; round++) {
        for (const [op, left, right] of body) {
          const pick = (back: number): Tensor =>
            back > 30
              ? lists
                ? leaf([back], 'float32')
                : fixed
              : made[Math.max(0, made.length - 1 - (back % 8))]
          const x = pick(left)
          made.push(
            op === 'tanh'
              ? x.tanh()
              : op === 'exp'
                ? x.exp()
                : op === 'add'
                  ? x.add(pick(right))
                  : x.mul(pick(right)),
          )
        }
      }
    }
    return stack(made)
  }

  test('nothing is lost: the folded text written out is the text that was never folded', () => {
    let folded = 0
    fc.assert(
      fc.property(loops, (all) => {
        const y = program(all)
        const [short, long] = [true, false].map((fold) => String(tape(y, { fold })))
        if (short.includes('×')) folded++
        const whole = unfolded(long)
        expect(
          unfolded(short).map((op, i) =>
            op.map((place, k) => (place === '…' ? whole[i]?.[k] : place)),
          ),
        ).toEqual(whole)
      }),
      { numRuns: 300, seed: 4 },
    )
    expect(folded).toBeGreaterThan(100)
  })

  test('no recursion: 100,000 ops of a chain and of a cell, and 20,000 in no order', () => {
    let chain = leaf([1], 'float32')
    for (let i = 0; i < 1e5; i++) chain = chain.tanh()
    expect(String(tape(chain)).split('\n')).toHaveLength(1 + 1 + 1 + 2)
    expect(String(tape(recurrence(25_000).hs[24_999])).split('\n')).toHaveLength(1 + 6 + 1 + 5)
    const kinds = [
      (x: Tensor) => x.tanh(),
      (x: Tensor) => x.mul(x),
      (x: Tensor) => x.sigmoid(),
      (x: Tensor) => x.add(1),
    ]
    let [mixed, random] = [leaf([1], 'float32'), 1]
    for (let i = 0; i < 2e4; i++) {
      random = (random * 48271) % 2147483647
      mixed = kinds[random % 4](mixed)
    }
    const shown = tape(mixed)
    expect(String(shown).split('\n').length).toBeGreaterThan(1e4)
    expect(shown.toDot().split('\n').length).toBeGreaterThan(2e4)
  })
})
