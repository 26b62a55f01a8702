// D2: the library's recurrent layers, embedding, affine layer, masked loss and sigmoid against
// every formula of the document, in rows.

import fc from 'fast-check'
import { crossEntropy, Embedding, Linear, tensor } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { sixteenths } from '../support/numbers.ts'
import { d, float64, leaf } from '../support/tensors.ts'
import { agree } from './agree.ts'
import { affine, embedded, forAll, recurrentRows, scored } from './cases.ts'
import { load, numbers } from './engine.ts'
import { rowsAt, transpose } from './oracle/arrays.ts'
import * as d2 from './oracle/d2.ts'
import * as ours from './rows.ts'

describe('D2, recurrent layers', () => {
  test('rnn_step_forward, rnn_step_backward', () =>
    forAll(recurrentRows(1), ({ x: sequence, h0: prev_h, weights, dh }) => {
      const [x, dnext_h] = [rowsAt(sequence, 0), rowsAt(dh, 0)]
      const { next_h, cache } = d2.rnnStepForward(x, prev_h, weights)
      const { gradients, ...forward } = ours.rnnStep(x, prev_h, weights, dnext_h)
      agree(forward, { next_h })
      agree(gradients, d2.rnnStepBackward(dnext_h, cache))
    }))

  test('rnn_forward, rnn_backward', () =>
    forAll(recurrentRows(1), ({ x, h0, weights, dh }) => {
      const { h, caches } = d2.rnnForward(x, h0, weights)
      const { gradients, ...forward } = ours.rnn(x, h0, weights, dh)
      agree(forward, { h })
      agree(gradients, d2.rnnBackward(dh, caches))
    }))

  test('lstm_step_forward, lstm_step_backward', () =>
    forAll(
      recurrentRows(4),
      ({ x: sequence, h0: prev_h, c0: prev_c, weights, dh, dc: dnext_c }) => {
        const [x, dnext_h] = [rowsAt(sequence, 0), rowsAt(dh, 0)]
        const { next_h, next_c, cache } = d2.lstmStepForward(x, prev_h, prev_c, weights)
        const { gradients, ...forward } = ours.lstmStep(
          x,
          prev_h,
          prev_c,
          weights,
          dnext_h,
          dnext_c,
        )
        agree(forward, { next_h, next_c })
        agree(gradients, d2.lstmStepBackward(dnext_h, dnext_c, cache))
      },
    ))

  test('lstm_forward, lstm_backward', () =>
    forAll(recurrentRows(4), ({ x, h0, weights, dh }) => {
      const { h, caches } = d2.lstmForward(x, h0, weights)
      const { gradients, ...forward } = ours.lstm(x, h0, weights, dh)
      agree(forward, { h })
      agree(gradients, d2.lstmBackward(dh, caches))
    }))
})

describe('D2, around the recurrence', () => {
  test('word_embedding_forward, word_embedding_backward: repeated words add up', () =>
    forAll(embedded(), ({ x, W, dout }) => {
      const layer = load(new Embedding(W.length, W[0].length, float64), { weight: W })
      const out = layer.forward(tensor(x, { dtype: 'int32' }))
      agree({ out: numbers(out) }, { out: d2.wordEmbeddingForward(x, W) })
      out.backward(d(dout))
      agree({ dW: numbers(layer.weight.grad) }, d2.wordEmbeddingBackward(dout, x, W))
    }))

  test('temporal_affine_forward, temporal_affine_backward', () =>
    forAll(affine(), ({ x, w, b, dout }) => {
      const layer = load(new Linear(w.length, b.length, float64), { weight: transpose(w), bias: b })
      const input = leaf(x)
      const out = layer.forward(input)
      agree({ out: numbers(out) }, { out: d2.temporalAffineForward(x, w, b) })
      out.backward(d(dout))
      const gradients = {
        dx: numbers(input.grad),
        dw: transpose(numbers(layer.weight.grad)),
        db: numbers(layer.bias?.grad),
      }
      agree(gradients, d2.temporalAffineBackward(dout, x, w))
    }))

  test.each(['bool', 'float64'] as const)('temporal_softmax_loss, the mask as %s', (dtype) =>
    forAll(scored(), ({ x, y, mask }) => {
      const scores = leaf(x)
      const loss = crossEntropy(scores, tensor(y, { dtype: 'int32' }), {
        mask: tensor(mask, { dtype: 'bool' }).to(dtype),
        reduction: 'batchMean',
      })
      loss.backward()
      agree({ loss: loss.item(), dx: numbers(scores.grad) }, d2.temporalSoftmaxLoss(x, y, mask))
    }),
  )
})

describe('D2, sigmoid', () => {
  const sigmoid = (x: number[]): number[] => numbers(d(x).sigmoid())

  test('at ±1000 it is 1 and 0, and its derivative is 0', () => {
    const x = leaf([-1000, 1000])
    const y = x.sigmoid()
    expect(numbers(y)).toEqual([0, 1])
    y.backward(d([1, 1]))
    expect(numbers(x.grad)).toEqual([0, 0])
  })

  test('for any finite number', () =>
    forAll(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) =>
      agree({ y: sigmoid([x]) }, { y: [d2.sigmoid(x)] }),
    ))

  test('far below zero it keeps its relative precision', () =>
    forAll(sixteenths(-700, 0), (x) =>
      expect(Math.abs(sigmoid([x])[0] / d2.sigmoid(x) - 1)).toBeLessThan(1e-13),
    ))
})
