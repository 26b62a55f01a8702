// D0 to D4 by checkExactly: the documents' formulas, written with tensors, are the tape's gradients
// exactly; the two wrong recursions in print are not.

import {
  crossEntropy,
  Embedding,
  Linear,
  LSTM,
  LSTMCell,
  RNN,
  RNNCell,
  stack,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { CheckError, checkExactly } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { float64, gridLeaf } from '../../support/tensors.ts'
import {
  columns,
  D,
  gatesOf,
  H,
  lstmBack,
  lstmBackStep,
  lstmStep,
  M,
  rnnBack,
  rnnBackStep,
  rnnStep,
  times,
  total,
  V,
} from './formulas.ts'

describe('D0 and D4, RNN', () => {
  test('rnn_cell_backward', () => {
    const cell = new RNNCell(D, H, float64)
    const inputs = [
      gridLeaf([M, D], 1),
      gridLeaf([M, H], 2),
      cell.weight_ih,
      cell.weight_hh,
      cell.bias_ih as Tensor,
      cell.bias_hh as Tensor,
    ]
    checkExactly((x, h) => cell.forward(x as Tensor, { h: h as Tensor }).h, inputs, {
      order: 2,
      gradients: ([x, h, Wax, Waa, b, other], [u], [y]) => {
        const weights = { Wax, Waa, ba: b.add(other) }
        const g = rnnBackStep(columns(x), columns(h), columns(y), columns(u), weights)
        return [columns(g.dx), columns(g.da), g.dWax, g.dWaa, g.dba, g.dba]
      },
    })
  })

  const rnn = (T: number, isCarried: boolean) => {
    const layer = new RNN(D, H, float64)
    const [weight_ih, weight_hh, bias_ih, bias_hh] = layer.parameters() as Tensor[]
    return checkExactly(
      (x, h) => layer.forward(x, { h: h.unsqueeze(0) }).output,
      [
        gridLeaf([M, T, D], 1),
        gridLeaf([M, H], 2),
        weight_ih as Tensor,
        weight_hh as Tensor,
        bias_ih as Tensor,
        bias_hh as Tensor,
      ] as const,
      {
        gradients: ([x, h, Wax, Waa, b, other], [u]) => {
          const g = rnnBack(x, h, { Wax, Waa, ba: b.add(other) }, u as Tensor, isCarried)
          return [g.dx, g.da0, g.dWax, g.dWaa, g.dba, g.dba]
        },
      },
    )
  }
  for (const T of [1, 2, 6, 50]) test(`rnn_backward, ${T} steps`, () => void rnn(T, true))

  test('D4 as it is printed: right for one step, and for no other number of them', () => {
    rnn(1, false)
    for (const T of [2, 6]) expect(() => rnn(T, false)).toThrow('gradient by the formula')
  })
})

describe('D0 and D3, LSTM', () => {
  test('lstm_cell_backward', () => {
    const cell = new LSTMCell(D, H, float64)
    checkExactly(
      (x, h, c) => {
        const next = cell.forward(x, { h, c })
        return [next.h, next.c]
      },
      [
        gridLeaf([M, D], 1),
        gridLeaf([M, H], 2),
        gridLeaf([M, H], 3),
        cell.weight_ih,
        cell.weight_hh,
        cell.bias_ih as Tensor,
        cell.bias_hh as Tensor,
      ] as const,
      {
        order: 2,
        gradients: ([x, h, c, weight_ih, weight_hh, b, other], [da, dc]) => {
          const gates = gatesOf(weight_ih, weight_hh, b.add(other))
          const cache = lstmStep(columns(x), columns(h), columns(c), gates)
          const g = lstmBackStep(cache, columns(da as Tensor), columns(dc as Tensor), gates)
          return [columns(g.dx), columns(g.da), columns(g.dc), g.dWih, g.dWhh, g.db, g.db]
        },
      },
    )
  })

  const lstm = (T: number, isCarried: boolean) => {
    const layer = new LSTM(D, H, float64)
    const [weight_ih, weight_hh, bias_ih, bias_hh] = layer.parameters() as Tensor[]
    return checkExactly(
      (x, h, c) => {
        const { output, state } = layer.forward(x, { h: h.unsqueeze(0), c: c.unsqueeze(0) })
        return [output, state.c.select(0, 0)]
      },
      [
        gridLeaf([M, T, D], 1),
        gridLeaf([M, H], 2),
        gridLeaf([M, H], 3),
        weight_ih as Tensor,
        weight_hh as Tensor,
        bias_ih as Tensor,
        bias_hh as Tensor,
      ] as const,
      {
        gradients: ([x, h, c, weight_ih, weight_hh, b, other], [da, dc]) => {
          const gates = gatesOf(weight_ih, weight_hh, b.add(other))
          const g = lstmBack(x, h, c, gates, da as Tensor, dc as Tensor, isCarried)
          return [g.dx, g.da0, g.dc0, g.dWih, g.dWhh, g.db, g.db]
        },
      },
    )
  }
  for (const T of [1, 2, 6, 50])
    test(`lstm_backward set right, ${T} steps`, () => void lstm(T, true))

  test('lstm_backward as it is printed: right for one step, and for no other number', () => {
    lstm(1, false)
    for (const T of [2, 6]) expect(() => lstm(T, false)).toThrow('gradient by the formula')
  })

  test('the message says which gradient', () => {
    const error = (() => {
      try {
        lstm(2, false)
      } catch (error) {
        return error
      }
    })()
    expect(error).toBeInstanceOf(CheckError)
    expect(error).toMatchObject({ check: 'formula', input: 0, index: [0, 0, 0] })
  })
})

test('D1: the character model, its five gradients and that of the first state', () => {
  const T = 4
  const [layer, readOut] = [new RNN(V, H, float64), new Linear(H, V, float64)]
  const [Wax, Waa, b] = layer.parameters() as [Tensor, Tensor, Tensor]
  // The letter before the first is the zero column.
  const letters = tensor([2, 0, 4, 1], { dtype: 'int32' })
  const x = tensor(
    [-1, 2, 0, 4].map((letter) => times(V).map((k) => Number(k === letter))),
    float64,
  )
  checkExactly(
    (h) => {
      const { output } = layer.forward(x.unsqueeze(0), { h: h.reshape([1, 1, H]) })
      const logits = readOut.forward(output).reshape([T, V])
      return crossEntropy(logits, letters, { reduction: 'sum' })
    },
    [gridLeaf([1, H], 2), Wax, Waa, b, readOut.weight, readOut.bias as Tensor] as const,
    {
      gradients: ([h, Wax, Waa, b, Wya, by], [u]) => {
        const other = (layer.parameters() as Tensor[])[3] as Tensor
        const weights = { Wax, Waa, ba: b.add(other) }
        const xs = times(T).map((t) => x.slice(0, t, t + 1).t())
        const states = [columns(h)]
        for (const t of times(T))
          states.push(rnnStep(xs[t] as Tensor, states[t] as Tensor, weights))
        let carry = zeros([H, 1], float64)
        const sums: ReturnType<typeof rnnBackStep>[] = []
        const [dWya, dby]: [Tensor[], Tensor[]] = [[], []]
        for (const t of times(T).reverse()) {
          const a = states[t + 1] as Tensor
          const y = Wya.matmul(a).add(by.unsqueeze(1)).softmax(0)
          const target = times(V).map((k) => [Number(k === letters.toTypedArray()[t])])
          const d = y.sub(tensor(target, float64)).mul(u as Tensor)
          dWya.push(d.matmul(a.t()))
          dby.push(d.sum(1))
          const upstream = Wya.t().matmul(d).add(carry)
          const step = rnnBackStep(xs[t] as Tensor, states[t] as Tensor, a, upstream, weights)
          sums.push(step)
          carry = step.da
        }
        return [
          columns(carry),
          total(sums.map(({ dWax }) => dWax)),
          total(sums.map(({ dWaa }) => dWaa)),
          total(sums.map(({ dba }) => dba)),
          total(dWya),
          total(dby),
        ]
      },
    },
  )
})

describe('D2, around the recurrence', () => {
  test('word_embedding_backward: repeated words receive the sum', () => {
    const layer = new Embedding(V, D, float64)
    const words = tensor(
      [
        [1, 3, 1],
        [0, 1, 3],
      ],
      { dtype: 'int32' },
    )
    checkExactly((_) => layer.forward(words), [layer.weight] as const, {
      order: 2,
      gradients: ([weight], [dout]) => {
        const rows = Array.from({ length: V }, () => zeros([D], float64))
        words.toTypedArray().forEach((word, k) => {
          const own = (dout as Tensor).select(0, Math.floor(k / 3)).select(0, k % 3)
          rows[word] = (rows[word] as Tensor).add(own)
        })
        return [weight.mul(0).add(stack(rows))]
      },
    })
  })

  test('temporal_affine_backward', () => {
    const layer = new Linear(D, V, float64)
    checkExactly(
      (x) => layer.forward(x),
      [gridLeaf([M, 4, D], 1), layer.weight, layer.bias as Tensor],
      {
        order: 3,
        gradients: ([x, w], [u]) => {
          const [rows, dout] = [x.reshape([-1, D]), (u as Tensor).reshape([-1, V])]
          return [dout.matmul(w).reshape([M, 4, D]), dout.t().matmul(rows), dout.sum(0)]
        },
      },
    )
  })

  test('temporal_softmax_loss: δx = mask ⊙ (p − onehot(y)) / N', () => {
    const targets = tensor([1, 0, 4, 2, 2, 3], { dtype: 'int32' }).reshape([2, 3])
    const mask = tensor([1, 0, 1, 1, 1, 0], float64).reshape([2, 3])
    const hits = tensor(
      [...targets.toTypedArray()].map((k) => times(V).map((i) => Number(i === k))),
      float64,
    ).reshape([2, 3, V])
    checkExactly(
      (x) => crossEntropy(x, targets, { mask, reduction: 'batchMean' }),
      [gridLeaf([2, 3, V], 1)] as const,
      {
        order: 3,
        gradients: ([x], [u]) => [
          mask
            .unsqueeze(2)
            .mul(x.softmax().sub(hits))
            .div(2)
            .mul(u as Tensor),
        ],
        equals: (x) => x.logSoftmax().mul(hits).sum(2).mul(mask).sum().div(2).neg(),
      },
    )
  })

  test('sigmoid in both of its forms', () => {
    const forms = (x: Tensor) => [x.neg().exp().add(1).reciprocal(), x.exp().div(x.exp().add(1))]
    checkExactly((x) => [x.sigmoid(), x.sigmoid()], [gridLeaf([3], 1)], { equals: forms, order: 3 })
  })
})

describe('D4, functions', () => {
  test('tanh_forward: (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)', () => {
    const quotient = (x: Tensor) => {
      const [p, n] = [x.exp(), x.neg().exp()]
      return p.sub(n).div(p.add(n))
    }
    checkExactly((x) => x.tanh(), [gridLeaf([3], 1)], { equals: quotient, order: 3 })
  })

  test('softmax_forward: less the maximum of all', () => {
    const shifted = (x: Tensor) => {
      const e = x.sub(x.max()).exp()
      return e.div(e.sum(0, true))
    }
    checkExactly((x) => x.softmax(0), [gridLeaf([3, 2], 1)], { equals: shifted, order: 2 })
  })
})
