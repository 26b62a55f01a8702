// Values become instructions: random ones in random places, some over what is read, against plain
// loops.

import fc from 'fast-check'
import { tensor, zeros } from 'tapegrad'
import { expect, test } from 'vitest'
import type { Output } from '../../../src/tensor/programs/assemble.ts'
import { Program } from '../../../src/tensor/programs/program.ts'
import { type Value, Values } from '../../../src/tensor/programs/values.ts'
import { gridded, numbersOf } from '../../support/tensors.ts'
import { type F, kernelRule, type Rule, ruleOf, run } from './instructions.ts'

/** Elementwise ops by kernels, by chains of them, and by functions; all exact for integers. */
const OPS: readonly (readonly [Rule, F, number])[] = [
  [kernelRule('add'), (a, b) => a + b, 2],
  [kernelRule('sub'), (a, b) => a - b, 2],
  [kernelRule('maximum'), Math.max, 2],
  [kernelRule('neg'), (a) => -a, 1],
  [kernelRule('abs'), Math.abs, 1],
  [
    ruleOf({
      chain: () => [
        ['maximum', -2],
        ['minimum', 3],
      ],
      f: () => Number.NaN,
    }),
    (a) => Math.min(Math.max(a, -2), 3),
    1,
  ],
  [ruleOf({ f: () => (a: number, b: number) => 2 * a - b }), (a, b) => 2 * a - b, 2],
  [ruleOf({ f: () => (a: number) => a + 1 }), (a) => a + 1, 1],
]
const WHERE = kernelRule('where')
const LESS = kernelRule('lt')

const W = 15
interface Draft {
  width: number
  parts: number[]
  steps: { op: number; a: number; b: number }[]
  outs: { value: number; operand: number; skip: number; isWide: boolean }[]
}
const drafts: fc.Arbitrary<Draft> = fc.record({
  width: fc.constantFrom(1, 3, 5),
  parts: fc.array(fc.nat(200), { minLength: 1, maxLength: 4 }),
  steps: fc.array(fc.record({ op: fc.nat(OPS.length + 2), a: fc.nat(30), b: fc.nat(30) }), {
    maxLength: 10,
  }),
  outs: fc.array(
    fc.record({ value: fc.nat(30), operand: fc.nat(3), skip: fc.nat(3), isWide: fc.boolean() }),
    { minLength: 1, maxLength: 6 },
  ),
})

type Row = (operands: readonly (readonly number[])[]) => number[]

test('random values in random places, some over what is read, are those of plain loops', () => {
  fc.assert(
    fc.property(drafts, fc.nat(100), ({ width, parts, steps, outs }, seed) => {
      const values = new Values()
      const known: { value: Value; of: Row }[] = []
      const at = (i: number) => known[i % known.length] as { value: Value; of: Row }
      parts.forEach((p, i) => {
        const w = i % 2 === 0 ? width : 1
        const [operand, from] = [p % 3, Math.floor(p / 3) % (W - w + 1)]
        known.push({
          value: values.part(operand, from, w),
          of: (all) => (all[operand] as number[]).slice(from, from + w),
        })
      })
      known.push({ value: values.constant(seed % 5), of: () => [seed % 5] })
      for (const { op, a, b } of steps) {
        const [x, y] = [at(a), at(b)]
        if (op === OPS.length + 2) {
          const [operand, from] = [a % 3, b % (W - width + 1)]
          const of: Row = (all) => (all[operand] as number[]).slice(from, from + width)
          known.push({ value: values.part(operand, from, width), of })
          continue
        }
        const entry = OPS[op]
        if (entry === undefined && op === OPS.length) {
          if (x.value.kind === 'constant') continue
          const of: Row = (all) => [x.of(all).reduce((s, v) => s + v, 0) * 4]
          known.push({ value: values.rowSum([x.value, x.value], [1, 3]), of })
          continue
        }
        if (x.value.kind === 'constant' && y.value.kind === 'constant') continue
        const pair: Row = (all) => {
          const [p, q] = [x.of(all), y.of(all)]
          const n = Math.max(p.length, q.length)
          return Array.from({ length: n }, (_, i) => {
            const [u, v] = [
              p[p.length === 1 ? 0 : i] as number,
              q[q.length === 1 ? 0 : i] as number,
            ]
            return entry === undefined ? (u < v ? u : v + 1) : entry[1](u, v)
          })
        }
        if (entry === undefined) {
          const less = values.computed(LESS, undefined, [x.value, y.value], true)
          const more = values.computed(OPS[7]?.[0] as Rule, undefined, [y.value], false)
          known.push({
            value: values.computed(WHERE, undefined, [less, x.value, more], false),
            of: pair,
          })
        } else if (entry[2] === 1) {
          if (x.value.kind === 'constant') continue
          known.push({
            value: values.computed(entry[0], undefined, [x.value], false),
            of: (all) => x.of(all).map((v) => entry[1](v)),
          })
        } else
          known.push({
            value: values.computed(entry[0], undefined, [x.value, y.value], false),
            of: pair,
          })
      }
      const ends = [0, 0, 0, 0]
      const outputs: (Output & { of: Row })[] = []
      for (const { value, operand, skip, isWide } of outs) {
        const one = at(value)
        const w = one.value.width === 1 && isWide ? width : one.value.width
        const from = (ends[operand] as number) + skip
        if (from + w > W) continue
        ends[operand] = from + w
        outputs.push({
          value: one.value,
          operand,
          from,
          width: w,
          accumulate: operand === 3,
          of: one.of,
        })
      }
      const numbers = [0, 1, 2, 3].map((k) =>
        Array.from({ length: 2 * W }, (_, i) => ((i * 7 + k * 5 + seed) % 11) - 5),
      )
      const expected = numbers.map((row) => [...row])
      for (const r of [0, 1]) {
        const rows = numbers.map((all) => all.slice(r * W, (r + 1) * W))
        for (const { of, operand, from, width: w, accumulate } of outputs) {
          const result = of(rows)
          for (let i = 0; i < w; i++) {
            const x = result[result.length === 1 ? 0 : i] as number
            const place = r * W + from + i
            const own = expected[operand] as number[]
            own[place] = x + (accumulate ? (own[place] as number) : 0)
          }
        }
      }
      const operands = numbers.map((all) => tensor(all, { dtype: 'float64' }).reshape([2, W]))
      run(new Program('float64', outputs), operands)
      expect(operands.map((t) => numbersOf(t).map((x) => x + 0))).toEqual(
        expected.map((all) => all.map((x) => x + 0)),
      )
    }),
    { numRuns: 1500 },
  )
})

test('saved values are read where they lie, and nothing behind them', () => {
  const values = new Values()
  const sum = values.computed(
    kernelRule('add'),
    undefined,
    [values.part(0, 0, 3), values.part(1, 0, 3)],
    false,
  )
  const y = values.computed(kernelRule('neg'), undefined, [sum], false)
  const saved = new Map([[sum, { kind: 'operand', operand: 2, from: 1, isBool: false } as const]])
  const program = new Program('float64', [{ value: y, operand: 3, from: 0, width: 3 }], saved)
  const out = zeros([1, 3], { dtype: 'float64' })
  run(program, [
    gridded([1, 3], 1),
    gridded([1, 3], 2),
    tensor([[9, 1, 2, 3]], { dtype: 'float64' }),
    out,
  ])
  expect(numbersOf(out)).toEqual([-1, -2, -3])
})
