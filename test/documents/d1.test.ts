// D1: the character model entire, built from the library's layers: its summed loss, its five
// gradients, and one SGD step.
import { crossEntropy, Linear, RNN, SGD, tensor } from 'tapegrad'
import { test } from 'vitest'
import { float64, leaf } from '../support/tensors.ts'
import { agree } from './agree.ts'
import { characters, forAll } from './cases.ts'
import { biases, load, numbers } from './engine.ts'
import { type Matrix, transpose, type Vector, type Volume } from './oracle/arrays.ts'
import * as d1 from './oracle/d1.ts'

const flat = (b: Matrix): Vector => b.map(([v]) => v)
const upright = (b: Vector): Matrix => b.map((v) => [v])

test('D1 rnn_forward, rnn_backward, update_parameters', () =>
  forAll(characters(), ({ V, X, Y, a0, parameters, lr }) => {
    const { Wax, Waa, Wya, b, by } = parameters
    const rnn = load(new RNN(V, a0.length, float64), {
      weight_ih: Wax,
      weight_hh: Waa,
      ...biases(flat(b)),
    })
    const readOut = load(new Linear(a0.length, V, float64), { weight: Wya, bias: flat(by) })
    const { weight_ih_l0, weight_hh_l0, bias_ih_l0 } = Object.fromEntries(rnn.namedParameters())
    // The document has one bias where the layer has two: only the first of them learns.
    const sgd = new SGD([weight_ih_l0, weight_hh_l0, bias_ih_l0, ...readOut.parameters()], { lr })
    const h0 = leaf([transpose(a0)])
    const weights = () => ({
      Wax: numbers(weight_ih_l0),
      Waa: numbers(weight_hh_l0),
      Wya: numbers(readOut.weight),
      b: upright(numbers(bias_ih_l0)),
      by: upright(numbers(readOut.bias)),
    })

    const oneHot = tensor([X.map((index) => flat(d1.oneHot(index, V)))], float64)
    const { output } = rnn.forward(oneHot, { h: h0 })
    const loss = crossEntropy(readOut.forward(output), tensor([Y], { dtype: 'int32' }), {
      reduction: 'sum',
    })
    loss.backward()

    const expected = d1.rnnForward(X, Y, a0, parameters, V)
    const gradients = d1.rnnBackward(X, Y, parameters, expected.cache)
    agree({ loss: loss.item() }, { loss: expected.loss })
    agree(
      {
        dWax: numbers(weight_ih_l0.grad),
        dWaa: numbers(weight_hh_l0.grad),
        dWya: numbers(readOut.weight.grad),
        db: upright(numbers(bias_ih_l0.grad)),
        dby: upright(numbers(readOut.bias?.grad)),
        da_next: transpose(numbers<Volume>(h0.grad)[0]),
      },
      { ...gradients },
    )
    agree(weights(), { ...parameters })
    sgd.step()
    agree(weights(), { ...d1.updateParameters(parameters, gradients, lr) })
  }))
