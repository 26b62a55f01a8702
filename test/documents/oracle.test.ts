// The oracle against itself, without the library: its numbers against the printed ones, its
// derivatives against central differences of its own forward passes.
import fc, { type Arbitrary } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agree, disagreeing } from './agree.ts'
import {
  affine,
  characters,
  embedded,
  forAll,
  lstmColumns,
  recurrentRows,
  rnnColumns,
  scored,
} from './cases.ts'
import { goldens, printed } from './goldens.ts'
import { columnsAt, inner, type Nested, rowsAt } from './oracle/arrays.ts'
import * as d0 from './oracle/d0.ts'
import * as d1 from './oracle/d1.ts'
import * as d2 from './oracle/d2.ts'
import * as d4 from './oracle/d4.ts'

test(
  'agree tells which element, by how much, and is not satisfied by NaN, another shape or a ' +
    'missing name',
  () => {
    expect(() => agree({ dx: [[1, 2]] }, { dx: [[1, 2 + 1e-9]] })).toThrow(
      /^1 numbers disagree: dx\[0\]\[1\]: expected 2\.000000001, got 2, /,
    )
    expect(() => agree({ dx: [Number.NaN] }, { dx: [Number.NaN] })).toThrow('dx[0]')
    expect(() => agree({ dx: [[1], [2]] }, { dx: [1, 2] })).toThrow(
      'dx[0]: shapes differ: 1×1 and 1',
    )
    expect(() => agree({}, { dx: [1] })).toThrow('dx: shapes differ')
    agree({ dx: [1e6 + 1e-5, 1e-11] }, { dx: [1e6, 0] })
  },
)

describe('the numbers', () => {
  test('D4 tanh_forward and softmax_forward', () => {
    const { tanh_forward, softmax_forward } = goldens
    expect(printed(d4.tanhForward(tanh_forward.input.x))).toEqual(tanh_forward.published)
    expect(printed(d4.softmaxForward(softmax_forward.input.x))).toEqual(softmax_forward.published)
    expect(printed(d0.softmax(softmax_forward.input.x))).toEqual(softmax_forward.published)
  })

  test.each([
    ['D0', d0],
    ['D4', d4],
  ])('%s rnn_cell_forward and rnn_forward', (_, { rnnCellForward, rnnForward }) => {
    const { rnn_cell_forward: cell, rnn_forward: sequence } = goldens
    expect(
      printed(rnnCellForward(cell.input.xt, cell.input.a_prev, cell.input.parameters).yt_pred),
    ).toEqual(cell.published.yt_pred)
    const { a, y_pred } = rnnForward(sequence.input.x, sequence.input.a0, sequence.input.parameters)
    expect(printed(y_pred[1][3])).toEqual(sequence.published['y_pred[1][3]'])
    expect(printed(a[4][1])).toEqual(sequence.published['a[4][1]'])
  })

  test('D0 and D4 rnn_cell_backward', () => {
    const { input, published, computed } = goldens.rnn_cell_backward
    const gradients = d0.rnnCellBackward(
      input.da_next,
      d0.rnnCellForward(input.xt, input.a_prev, input.parameters).cache,
    )
    expect(printed(gradients.dxt[2])).toEqual(published['dxt[2]'])
    agree(gradients, computed, 1e-14)
  })

  test('D0 rnn_backward is the gradient, D4 rnn_backward prints something else', () => {
    const { input, published, computed } = goldens.rnn_backward
    const { caches } = d0.rnnForward(input.x, input.a0, input.parameters)
    agree(d0.rnnBackward(input.da, caches), computed, 1e-13)
    const erroneous = d4.rnnBackwardAsPublished(input.da, caches)
    expect(printed(erroneous.dx[1][2])).toEqual(published['dx[1][2]'])
    agree({ da0: erroneous.da0[2][3] }, { da0: published['da0[2][3]'] }, 1e-15)
    expect(disagreeing(erroneous, computed)).toEqual(Object.keys(computed))
  })

  test('D0 lstm_forward, and lstm_backward as printed and as it should be', () => {
    const { input, forward, asPublished, computed } = goldens.lstm_backward
    const { a, y, c, caches } = d0.lstmForward(input.x, input.a0, input.parameters)
    agree({ a, y, c }, forward, 1e-14)
    agree(d0.lstmBackward(input.da, caches), computed, 1e-13)
    agree(d0.lstmBackwardAsPublished(input.da, caches), asPublished, 1e-13)
    expect(disagreeing(d0.lstmBackwardAsPublished(input.da, caches), computed)).toEqual(
      Object.keys(computed),
    )
  })

  test(
    'D1 and D2 contain the network of D0 in other layouts: a loss, and a sigmoid, known in ' +
      'closed form',
    () => {
      const zero = [[0]]
      expect(
        d1.rnnForward(
          [null, 0],
          [0, 0],
          zero,
          { Wax: zero, Waa: zero, Wya: zero, b: zero, by: zero },
          1,
        ).loss,
      ).toBeCloseTo(0, 15)
      expect(
        d2.temporalSoftmaxLoss([[[0, 0]], [[0, 0]]], [[0], [1]], [[true], [false]]).loss,
      ).toBeCloseTo(Math.LN2 / 2, 15)
      expect([d2.sigmoid(-1000), d2.sigmoid(0), d2.sigmoid(1000)]).toEqual([0, 0.5, 1])
    },
  )
})

/** The slope of loss at each number of the inputs, by central differences. */
function slopes(loss: () => number, inputs: Nested[], h = 2 ** -13): Nested {
  return inputs.map((value, i) => {
    if (Array.isArray(value)) return slopes(loss, value, h)
    const at = (v: number) => {
      inputs[i] = v
      return loss()
    }
    const slope = (at(value + h) - at(value - h)) / (2 * h)
    inputs[i] = value
    return slope
  })
}

/**
 * One function of the documents: a scalar loss, the gradients it returns, and the array that each
 * of them belongs to.
 */
interface Differentiated<G extends string> {
  loss: () => number
  gradients: Record<G, Nested>
  of: Record<G, Nested[]>
}

const row = <T, G extends string>(
  name: string,
  cases: Arbitrary<T>,
  differentiate: (example: T) => Differentiated<G>,
) => ({
  name,
  check: () =>
    forAll(cases, (example) => {
      const { loss, gradients, of } = differentiate(example)
      agree(
        gradients,
        Object.fromEntries(
          Object.entries<Nested[]>(of).map(([name, inputs]) => [name, slopes(loss, inputs)]),
        ),
        1e-5,
      )
    }),
})

const small = { largest: 3 }
const table = [
  row('D0, D4 rnn_cell_backward', rnnColumns(small), ({ x, a0: a_prev, parameters: p, da }) => {
    const [xt, da_next] = [columnsAt(x, 0), columnsAt(da, 0)]
    const forward = () => d0.rnnCellForward(xt, a_prev, p)
    return {
      loss: () => inner(da_next, forward().a_next),
      gradients: d0.rnnCellBackward(da_next, forward().cache),
      of: { dxt: xt, da_prev: a_prev, dWax: p.Wax, dWaa: p.Waa, dba: p.ba },
    }
  }),
  row('D0 rnn_backward', rnnColumns(small), ({ x, a0, parameters: p, da }) => {
    const forward = () => d0.rnnForward(x, a0, p)
    return {
      loss: () => inner(da, forward().a),
      gradients: d0.rnnBackward(da, forward().caches),
      of: { dx: x, da0: a0, dWax: p.Wax, dWaa: p.Waa, dba: p.ba },
    }
  }),
  row(
    'D0, D3 lstm_cell_backward',
    lstmColumns(small),
    ({ x, a0: a_prev, c_prev, parameters: p, da, dc: dc_next }) => {
      const [xt, da_next] = [columnsAt(x, 0), columnsAt(da, 0)]
      const forward = () => d0.lstmCellForward(xt, a_prev, c_prev, p)
      return {
        loss: () => inner(da_next, forward().a_next) + inner(dc_next, forward().c_next),
        gradients: d0.lstmCellBackward(da_next, dc_next, forward().cache),
        of: {
          dxt: xt,
          da_prev: a_prev,
          dc_prev: c_prev,
          dWf: p.Wf,
          dWi: p.Wi,
          dWc: p.Wc,
          dWo: p.Wo,
          dbf: p.bf,
          dbi: p.bi,
          dbc: p.bc,
          dbo: p.bo,
        },
      }
    },
  ),
  row('D0 lstm_backward, set right', lstmColumns(small), ({ x, a0, parameters: p, da, dc }) => {
    const forward = () => d0.lstmForward(x, a0, p)
    return {
      loss: () => inner(da, forward().a) + inner(dc, columnsAt(forward().c, x[0][0].length - 1)),
      gradients: d0.lstmBackward(da, forward().caches, dc),
      of: {
        dx: x,
        da0: a0,
        dWf: p.Wf,
        dWi: p.Wi,
        dWc: p.Wc,
        dWo: p.Wo,
        dbf: p.bf,
        dbi: p.bi,
        dbc: p.bc,
        dbo: p.bo,
      },
    }
  }),
  row(
    'D1 rnn_backward',
    characters(3, fc.integer({ min: 1, max: 4 })),
    ({ V, X, Y, a0, parameters: p }) => {
      const forward = () => d1.rnnForward(X, Y, a0, p, V)
      return {
        loss: () => forward().loss,
        gradients: d1.rnnBackward(X, Y, p, forward().cache),
        of: { dWax: p.Wax, dWaa: p.Waa, dWya: p.Wya, db: p.b, dby: p.by, da_next: a0 },
      }
    },
  ),
  row(
    'D2 rnn_step_backward',
    recurrentRows(1, 3),
    ({ x: sequence, h0: prev_h, weights: w, dh }) => {
      const [x, dnext_h] = [rowsAt(sequence, 0), rowsAt(dh, 0)]
      const forward = () => d2.rnnStepForward(x, prev_h, w)
      return {
        loss: () => inner(dnext_h, forward().next_h),
        gradients: d2.rnnStepBackward(dnext_h, forward().cache),
        of: { dx: x, dprev_h: prev_h, dWx: w.Wx, dWh: w.Wh, db: w.b },
      }
    },
  ),
  row('D2 rnn_backward', recurrentRows(1, 3), ({ x, h0, weights: w, dh }) => {
    const forward = () => d2.rnnForward(x, h0, w)
    return {
      loss: () => inner(dh, forward().h),
      gradients: d2.rnnBackward(dh, forward().caches),
      of: { dx: x, dh0: h0, dWx: w.Wx, dWh: w.Wh, db: w.b },
    }
  }),
  row(
    'D2 lstm_step_backward',
    recurrentRows(4, 3),
    ({ x: sequence, h0: prev_h, c0: prev_c, weights: w, dh, dc: dnext_c }) => {
      const [x, dnext_h] = [rowsAt(sequence, 0), rowsAt(dh, 0)]
      const forward = () => d2.lstmStepForward(x, prev_h, prev_c, w)
      return {
        loss: () => inner(dnext_h, forward().next_h) + inner(dnext_c, forward().next_c),
        gradients: d2.lstmStepBackward(dnext_h, dnext_c, forward().cache),
        of: { dx: x, dprev_h: prev_h, dprev_c: prev_c, dWx: w.Wx, dWh: w.Wh, db: w.b },
      }
    },
  ),
  row('D2 lstm_backward', recurrentRows(4, 3), ({ x, h0, weights: w, dh }) => {
    const forward = () => d2.lstmForward(x, h0, w)
    return {
      loss: () => inner(dh, forward().h),
      gradients: d2.lstmBackward(dh, forward().caches),
      of: { dx: x, dh0: h0, dWx: w.Wx, dWh: w.Wh, db: w.b },
    }
  }),
  row('D2 word_embedding_backward', embedded(3), ({ x, W, dout }) => ({
    loss: () => inner(dout, d2.wordEmbeddingForward(x, W)),
    gradients: d2.wordEmbeddingBackward(dout, x, W),
    of: { dW: W },
  })),
  row('D2 temporal_affine_backward', affine(3), ({ x, w, b, dout }) => ({
    loss: () => inner(dout, d2.temporalAffineForward(x, w, b)),
    gradients: d2.temporalAffineBackward(dout, x, w),
    of: { dx: x, dw: w, db: b },
  })),
  row('D2 temporal_softmax_loss', scored(3), ({ x, y, mask }) => ({
    loss: () => d2.temporalSoftmaxLoss(x, y, mask).loss,
    gradients: { dx: d2.temporalSoftmaxLoss(x, y, mask).dx },
    of: { dx: x },
  })),
]

describe('every backward function is the slope of its forward function', () => {
  for (const { name, check } of table) test(name, check)
})
