// D4: the library against every right number the document prints, to all digits, and against its
// forward functions; its rnn_backward is in errata.test.ts.
import { describe, expect, test } from 'vitest'
import { sixteenths } from '../support/numbers.ts'
import { d } from '../support/tensors.ts'
import { agree } from './agree.ts'
import { matrix as arbitraryMatrix, forAll, rnnColumns } from './cases.ts'
import * as ours from './columns.ts'
import { numbers } from './engine.ts'
import { goldens, printed } from './goldens.ts'
import { columnsAt, type Matrix, matrix, type Nested, volume } from './oracle/arrays.ts'
import * as d4 from './oracle/d4.ts'
import { residuals } from './residuals.ts'

const tanh = (x: Matrix): Matrix => numbers(d(x).tanh())
const softmax = (x: Matrix): Matrix => numbers(d(x).softmax(0))

const {
  tanh_forward,
  softmax_forward,
  rnn_cell_forward: cell,
  rnn_forward: sequence,
  rnn_cell_backward: back,
} = goldens
const forward = () =>
  ours.rnn(sequence.input.x, sequence.input.a0, sequence.input.parameters, volume(5, 10, 4))
const backward = () =>
  ours.rnnCell(back.input.xt, back.input.a_prev, back.input.parameters, back.input.da_next)
    .gradients

/** Everything D4 prints that is right; the numbers of its rnn_backward are in errata.test.ts. */
const prints: Record<keyof typeof residuals, { published: Nested; computed: () => Nested }> = {
  tanh: { published: tanh_forward.published, computed: () => tanh(tanh_forward.input.x) },
  softmax: {
    published: softmax_forward.published,
    computed: () => softmax(softmax_forward.input.x),
  },
  yt_pred: {
    published: cell.published.yt_pred,
    computed: () =>
      ours.rnnCell(cell.input.xt, cell.input.a_prev, cell.input.parameters, matrix(5, 10)).yt_pred,
  },
  'y_pred[1][3]': {
    published: sequence.published['y_pred[1][3]'],
    computed: () => forward().y_pred[1][3],
  },
  'a[4][1]': { published: sequence.published['a[4][1]'], computed: () => forward().a[4][1] },
  'dxt[2]': { published: back.published['dxt[2]'], computed: () => backward().dxt[2] },
}

describe('the printed numbers', () => {
  const sum = (a: Nested, b: Nested): Nested =>
    Array.isArray(a) && Array.isArray(b) ? a.map((v, i) => sum(v, b[i])) : Number(a) + Number(b)
  const names = Object.keys(residuals) as (keyof typeof residuals)[]

  test.each(names)(
    '%s, to all 8 decimals, and with the residual printed beneath it to 16',
    (name) => {
      const { published, computed } = prints[name]
      expect(printed(computed())).toEqual(published)
      agree({ [name]: computed() }, { [name]: sum(published, residuals[name]) }, 5e-16)
    },
  )

  test('all gradients of rnn_cell_backward', () => agree(backward(), back.computed, 1e-13))
})

describe('the functions', () => {
  const cases = arbitraryMatrix(4, 3, sixteenths(-8, 8))

  test('tanh_forward, softmax_forward', () =>
    forAll(cases, (x) =>
      agree(
        { tanh: tanh(x), softmax: softmax(x) },
        { tanh: d4.tanhForward(x), softmax: d4.softmaxForward(x) },
      ),
    ))

  test('rnn_cell_forward, rnn_forward', () =>
    forAll(rnnColumns(), ({ x, a0, parameters, da }) => {
      const xt = columnsAt(x, 0)
      const [cell, { a_next, yt_pred }] = [
        ours.rnnCell(xt, a0, parameters, columnsAt(da, 0)),
        d4.rnnCellForward(xt, a0, parameters),
      ]
      agree({ a_next: cell.a_next, yt_pred: cell.yt_pred }, { a_next, yt_pred })
      const [sequence, { a, y_pred }] = [
        ours.rnn(x, a0, parameters, da),
        d4.rnnForward(x, a0, parameters),
      ]
      agree({ a: sequence.a, y_pred: sequence.y_pred }, { a, y_pred })
    }))
})
