// The documents' errors as negative controls: what is wrong in print must disagree with the
// library, or the tests beside this one would prove nothing.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sixteenths } from '../support/numbers.ts'
import { d } from '../support/tensors.ts'
import { agree, disagreeing } from './agree.ts'
import { forAll, lstmColumns, rnnColumns } from './cases.ts'
import * as ours from './columns.ts'
import { numbers } from './engine.ts'
import { goldens, printed } from './goldens.ts'
import { columnsAt, type Matrix, zerosLike } from './oracle/arrays.ts'
import * as d0 from './oracle/d0.ts'
import * as d4 from './oracle/d4.ts'

const oneStep = { steps: fc.constant(1) }

/**
 * Where every number is positive and small, no unit saturates and everything that flows back
 * through time is positive: a recursion that drops some of it cannot come out right by chance.
 */
const severalSteps = {
  steps: fc.integer({ min: 2, max: 6 }),
  weights: fc.integer({ min: 1, max: 4 }).map((k) => k / 16),
  values: fc.integer({ min: 4, max: 8 }).map((k) => k / 16),
}

describe('E1: lstm_backward of D0 as printed', () => {
  const both = ({ x, a0, parameters, da }: typeof goldens.lstm_backward.input) => ({
    gradients: ours.lstm(x, a0, parameters, da, zerosLike(a0)).gradients,
    published: d0.lstmBackwardAsPublished(da, d0.lstmForward(x, a0, parameters).caches),
  })

  test('agrees at T_x = 1', () =>
    forAll(lstmColumns(oneStep), (example) => {
      const { gradients, published } = both(example)
      agree(gradients, published)
    }))

  // At T_x = 2 what is dropped would meet the forget gate at the first step only, where there is no
  // memory to forget.
  test('disagrees for T_x > 1, and is right at the last step only', () =>
    forAll(lstmColumns(severalSteps), (example) => {
      const { gradients, published } = both(example)
      const last = example.x[0][0].length - 1
      expect(disagreeing(gradients, published)).toEqual(
        Object.keys(published).filter((name) => last > 1 || !name.endsWith('f')),
      )
      agree({ dx: columnsAt(gradients.dx, last) }, { dx: columnsAt(published.dx, last) })
    }))

  test('the numbers: autograd gives the true ones and not the printed ones', () => {
    const { input, forward, asPublished, computed } = goldens.lstm_backward
    const { a, y, gradients } = ours.lstm(
      input.x,
      input.a0,
      input.parameters,
      input.da,
      zerosLike(input.a0),
    )
    agree({ a, y }, { a: forward.a, y: forward.y }, 1e-13)
    agree(gradients, computed, 1e-13)
    expect(disagreeing(gradients, asPublished, 0.01)).toEqual(Object.keys(asPublished))
  })
})

describe('E2: rnn_backward of D4 as printed', () => {
  const both = ({ x, a0, parameters, da }: typeof goldens.rnn_backward.input) => ({
    gradients: ours.rnn(x, a0, parameters, da).gradients,
    published: d4.rnnBackwardAsPublished(da, d4.rnnForward(x, a0, parameters).caches),
  })

  test('agrees at T_x = 1', () =>
    forAll(rnnColumns(oneStep), (example) => {
      const { gradients, published } = both(example)
      agree(gradients, published)
    }))

  test('disagrees for T_x > 1, and is right at the last step only', () =>
    forAll(rnnColumns(severalSteps), (example) => {
      const { gradients, published } = both(example)
      const last = example.x[0][0].length - 1
      expect(disagreeing(gradients, published)).toEqual(Object.keys(published))
      agree({ dx: columnsAt(gradients.dx, last) }, { dx: columnsAt(published.dx, last) })
    }))

  test('the printed dx[1][2] and da0[2][3] come from its recursion and from nothing else', () => {
    const { input, published, computed } = goldens.rnn_backward
    const { gradients, published: erroneous } = both(input)
    const corrected = d0.rnnBackward(
      input.da,
      d0.rnnForward(input.x, input.a0, input.parameters).caches,
    )
    const shown = ({ dx, da0 }: { dx: number[][][]; da0: Matrix }) => ({
      'dx[1][2]': printed(dx[1][2]),
      'da0[2][3]': printed(da0[2][3]),
    })
    const print = {
      'dx[1][2]': published['dx[1][2]'],
      'da0[2][3]': printed(published['da0[2][3]']),
    }

    expect(shown(erroneous)).toEqual(print)
    expect(Math.abs(erroneous.da0[2][3] - published['da0[2][3]'])).toBeLessThan(1e-15)
    for (const right of [gradients, corrected]) {
      agree(right, computed, 1e-12)
      expect(disagreeing(shown(right), print, 0.01)).toEqual(['dx[1][2]', 'da0[2][3]'])
      expect(right.dx[1][2].map((v, t) => Math.abs(v - published['dx[1][2]'][t]) < 1e-3)).toEqual([
        false,
        false,
        false,
        true,
      ])
    }
  })
})

describe('E3: softmax_forward and tanh_forward of D4 as printed', () => {
  const softmax = (x: Matrix): Matrix => numbers(d(x).softmax(0))
  const far = fc.record({
    gap: fc.integer({ min: 746, max: 10000 }),
    near: sixteenths(-1, 0),
    low: sixteenths(-1, 0),
  })

  test('a column far below another becomes NaN, and ours does not', () =>
    forAll(far, ({ gap, near, low }) => {
      const x = [
        [0, -gap],
        [near, -gap + low],
      ]
      const published = d4.softmaxForward(x)
      expect(published.map((row) => row[1])).toEqual([Number.NaN, Number.NaN])
      agree({ softmax: softmax(x) }, { softmax: d0.softmax(x) })
    }))

  test('tanh beyond 710 becomes NaN, and ours is ±1', () =>
    forAll(sixteenths(710, 2000), (v) => {
      expect(d4.tanhForward([[-v, v]])).toEqual([[Number.NaN, Number.NaN]])
      expect(numbers(d([-v, v]).tanh())).toEqual([-1, 1])
    }))
})
