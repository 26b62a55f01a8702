// What tape() shows of a graph as text, word for word.

import { grad, LSTMCell, ones, stack, type Tensor, tape, zeros } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { leaf } from '../../../support/tensors.ts'
import { diamond, recurrence } from './graphs.ts'

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
        f = sigmoid(%5)                     (2, 5) float32
        i = sigmoid(%4)                     (2, 5) float32
        %10 = mul(f, c)                     (2, 5) float32
        g = tanh(%6)                        (2, 5) float32
        %12 = mul(i, g)                     (2, 5) float32
        c′ = add(%10, %12)                  (2, 5) float32
        o = sigmoid(%7)                     (2, 5) float32
        %15 = tanh(c′)                      (2, 5) float32
        h′ = mul(o, %15)                    (2, 5) float32"
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
