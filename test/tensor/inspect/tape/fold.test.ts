// Nothing is lost in folding a tape: its text, unfolded again, is the whole graph.

import fc from 'fast-check'
import { stack, type Tensor, tape } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { leaf } from '../../../support/tensors.ts'
import { recurrence } from './graphs.ts'

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
