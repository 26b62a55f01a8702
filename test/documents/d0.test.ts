// D0 (and D3, which prints the same LSTM cell): the library's RNN and LSTM against every formula of
// the document, in columns.
import { describe, test } from 'vitest'
import { agree } from './agree.ts'
import { forAll, lstmColumns, rnnColumns } from './cases.ts'
import * as ours from './columns.ts'
import { columnsAt } from './oracle/arrays.ts'
import * as d0 from './oracle/d0.ts'

describe('D0, RNN', () => {
  test('rnn_cell_forward, rnn_cell_backward', () =>
    forAll(rnnColumns(), ({ x, a0: a_prev, parameters, da }) => {
      const [xt, da_next] = [columnsAt(x, 0), columnsAt(da, 0)]
      const { a_next, yt_pred, cache } = d0.rnnCellForward(xt, a_prev, parameters)
      const { gradients, ...forward } = ours.rnnCell(xt, a_prev, parameters, da_next)
      agree(forward, { a_next, yt_pred })
      agree(gradients, d0.rnnCellBackward(da_next, cache))
    }))

  test('rnn_forward, rnn_backward: an upstream gradient on every hidden state', () =>
    forAll(rnnColumns(), ({ x, a0, parameters, da }) => {
      const { a, y_pred, caches } = d0.rnnForward(x, a0, parameters)
      const { gradients, ...forward } = ours.rnn(x, a0, parameters, da)
      agree(forward, { a, y_pred })
      agree(gradients, d0.rnnBackward(da, caches))
    }))
})

describe('D0 and D3, LSTM', () => {
  test(
    'lstm_cell_forward, lstm_cell_backward: upstream gradients on the next hidden and the next ' +
      'memory state',
    () =>
      forAll(lstmColumns(), ({ x, a0: a_prev, c_prev, parameters, da, dc: dc_next }) => {
        const [xt, da_next] = [columnsAt(x, 0), columnsAt(da, 0)]
        const { a_next, c_next, yt_pred, cache } = d0.lstmCellForward(
          xt,
          a_prev,
          c_prev,
          parameters,
        )
        const { gradients, ...forward } = ours.lstmCell(
          xt,
          a_prev,
          c_prev,
          parameters,
          da_next,
          dc_next,
        )
        agree(forward, { a_next, c_next, yt_pred })
        agree(gradients, d0.lstmCellBackward(da_next, dc_next, cache))
      }),
  )

  test(
    'lstm_forward, lstm_backward set right: upstream gradients on every hidden state and on the ' +
      'last memory state',
    () =>
      forAll(lstmColumns(), ({ x, a0, parameters, da, dc }) => {
        const { a, y, c, caches } = d0.lstmForward(x, a0, parameters)
        const { gradients, ...forward } = ours.lstm(x, a0, parameters, da, dc)
        agree(forward, { a, y, c_last: columnsAt(c, caches.length - 1) })
        agree(gradients, d0.lstmBackward(da, caches, dc))
      }),
  )
})
