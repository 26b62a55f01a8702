// The mistakes in the products with the weights, and in the sums over the batch.
import { cat, type Tensor } from '../../../tensor/index.ts'
import { type Exchange, type Pieces, right } from '../pieces.ts'
import type { Mistake } from './mistake.ts'

const mistake = (
  name: string,
  says: string,
  pieces: Partial<Pieces>,
  where: Mistake['where'] = {},
): Mistake => ({ name, says, pieces, where })

/** One above the other in the wrong order, and cut as though it were the right one. */
const exchanged: Exchange = (h, x) => {
  const both = cat([x, h], 0)
  return [both.slice(0, 0, h.shape[0]), both.slice(0, h.shape[0])]
}
/** In the right order, and cut as though it were the other one. */
const cutWrongly: Exchange = (h, x) => {
  const both = cat([h, x], 0)
  return [both.slice(0, x.shape[0]), both.slice(0, 0, x.shape[0])]
}
const mean = (dz: Tensor): Tensor => dz.mean(0, true)
const overBatch = (sum: Tensor, N: number): Tensor => sum.div(N)
const first = (t: Tensor): Tensor => t.slice(0, 0, 1)
const ofFirst: Partial<Pieces> = {
  weightX: (step, dz) => right.weightX({ ...step, x: first(step.x) }, first(dz)),
  weightH: (step, dz) => right.weightH({ ...step, hPrev: first(step.hPrev) }, first(dz)),
}
const columns = { cell: 'lstm', layout: 'columns' } as const

export const weights: readonly Mistake[] = [
  mistake(
    'the weights of the state are not transposed',
    'δh⁻ goes back through the transposed weights of the state; here they are not transposed.',
    { toH: (dz, Wh) => dz.matmul(Wh) },
  ),
  mistake(
    'the weights of the input are not transposed',
    'δx goes back through the transposed weights of the input; here they are not transposed. ' +
      'Where the sizes of input and state differ, the product does not go through.',
    { toX: (dz, Wx) => dz.matmul(Wx) },
  ),
  mistake(
    'no weights are transposed',
    'δx and δh⁻ go back through the transposed weights; here they are not transposed.',
    { toX: (dz, Wx) => dz.matmul(Wx), toH: (dz, Wh) => dz.matmul(Wh) },
  ),
  mistake(
    'the weights of input and state are exchanged on the way back',
    'δx goes back through the weights of the input and δh⁻ through those of the state, not the ' +
      'other way round.',
    { split: (h, x) => [x, h] },
  ),
  mistake(
    'h instead of h⁻ in the gradient of the state’s weights',
    'z is computed from h⁻, the state before the step: the state after it stands in its place.',
    { weightH: ({ h }, dz) => h.t().matmul(dz) },
  ),
  mistake(
    'the derivative of tanh is missing in δx and δh⁻',
    'The weights’ gradients come from δz, but δx and δh⁻ from δh: they too need δz.',
    { back: (_, dh) => dh },
    { cell: 'rnn' },
  ),
  mistake(
    'the bias is not summed',
    'The same bias is added to every example: its gradient is the sum of δz over the batch.',
    { bias: (dz) => dz },
  ),
  mistake(
    'the bias is averaged',
    'The gradient of the bias is the sum of δz over the batch, not the mean. If the loss is a ' +
      'mean, the upstream gradient knows it already.',
    { bias: mean },
  ),
  mistake(
    'the bias is that of the first example',
    'The gradient of the bias is the sum of δz over the batch; only its first example is there.',
    { bias: first },
  ),
  mistake(
    'the weights are those of the first example',
    'The gradients of the weights are sums over the batch; only its first example is there.',
    ofFirst,
  ),
  mistake(
    'weights and bias are those of the first example',
    'The gradients of weights and bias are sums over the batch; only its first example is there.',
    { ...ofFirst, bias: first },
  ),
  mistake(
    'the bias is summed over the wrong axis',
    'The gradient of the bias is the sum of δz over the batch, not over the units.',
    { bias: (dz) => dz.sum(1, true) },
    { cell: 'rnn' },
  ),
  mistake(
    'the weights are averaged over the batch',
    'The gradients of the weights are sums over the batch, not means. If the loss is a mean, the ' +
      'upstream gradient knows it already.',
    { weight: overBatch },
  ),
  mistake(
    'weights and bias are averaged over the batch',
    'The gradients of weights and bias are sums over the batch, not means. If the loss is a ' +
      'mean, the upstream gradient knows it already.',
    { weight: overBatch, bias: mean },
  ),
  mistake(
    'the weights’ gradients are transposed',
    'The gradient of a matrix has its shape: here rows and columns are exchanged.',
    {
      weightX: (step, dz) => right.weightX(step, dz).t(),
      weightH: (step, dz) => right.weightH(step, dz).t(),
    },
    { cell: 'rnn' },
  ),
  mistake(
    'the weights’ gradients are those of [x; a⁻]',
    'The weights stand on [a⁻; x], the state first: their gradients are δz [a⁻; x]ᵀ.',
    { joined: exchanged },
    columns,
  ),
  mistake(
    'the weights are cut after the input’s columns',
    'The weights stand on [a⁻; x], the state first: a⁻ has the first n_a columns, x the others.',
    { split: cutWrongly },
    columns,
  ),
  mistake(
    'the sign of everything is wrong',
    'These are the gradients times −1: a loss is to fall, but its gradient is not turned round.',
    { sign: (gradient) => gradient.neg() },
  ),
]
