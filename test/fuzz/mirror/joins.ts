// The mirror's ops of several tensors, as functions.

import { single } from './derivatives.ts'
import { withRecording } from './memory.ts'
import { flat, places, type Shape, sizeOf } from './places.ts'
import { product } from './reductions.ts'
import { record } from './tape.ts'
import { gathered, type Mirror, made } from './tensor.ts'

/** x (…, D)·weightᵀ + bias, as one op. */
export function affine(x: Mirror, weight: Mirror, bias: Mirror | null): Mirror {
  const out = withRecording(false, () => {
    const y = product(x, weight.t())
    return bias === null ? y : y.add(bias)
  })
  return record(bias === null ? [x, weight] : [x, weight, bias], out, (g, inputs) => {
    const [a, w, b] = inputs as [Mirror, Mirror, Mirror | undefined]
    const dWeight = g.rows().t().matmul(a.rows())
    return [g.matmul(w), dWeight, ...(b === undefined ? [] : [gathered(g, b.shape)])]
  })
}

/** a where `chosen` is 1, b where it is 0; all of one shape. */
export function where(chosen: Mirror, a: Mirror, b: Mirror): Mirror {
  const [c, x, y] = [chosen.numbers, a.numbers, b.numbers]
  const numbers = c.map((one, i) => (one === 1 ? x[i] : y[i]) as number)
  const branches = (g: Mirror) => [null, where(chosen, g, g.zeros()), where(chosen, g.zeros(), g)]
  return record([chosen, a, b], made(numbers, a.shape), branches)
}

/** −log softmax(logits)[target], averaged. */
export function crossEntropy(logits: Mirror, targets: Mirror): Mirror {
  const classes = targets.numbers
  const [N, V] = logits.shape as [number, number]
  const losses = single([logits], ([x]) =>
    (x as Mirror)
      .logSoftmax()
      .pick(
        classes.map((k, n) => n * V + k),
        [N],
        true,
      )
      .neg(),
  )
  return losses.sum().div(N)
}

export const mseLoss = (a: Mirror, b: Mirror): Mirror => a.sub(b).square().mean()

/** Tensors one after the other along an axis, each read in a shape of the same size. */
function joined(tensors: readonly Mirror[], shapes: readonly Shape[], axis: number): Mirror {
  const sizes = shapes.map((one) => one[axis] as number)
  const [first] = shapes as [Shape]
  const total = sizes.reduce((a, b) => a + b)
  const shape = first.with(axis, total)
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0))
  const places_ = shapes.map((one, i) =>
    places(one, (at) => flat(shape, at.with(axis, (at[axis] as number) + (starts[i] as number)))),
  )
  const numbers = new Array<number>(sizeOf(shape))
  for (const [i, x] of tensors.entries())
    for (const [k, n] of x.numbers.entries()) numbers[(places_[i] as number[])[k] as number] = n
  return record(tensors, made(numbers, shape), (g, inputs) =>
    inputs.map((x, i) => g.pick(places_[i] as number[], x.shape)),
  )
}

export const cat = (tensors: readonly Mirror[], axis = 0): Mirror =>
  joined(
    tensors,
    tensors.map(({ shape }) => shape),
    axis,
  )

export const stack = (tensors: readonly Mirror[], axis = 0): Mirror =>
  joined(
    tensors,
    tensors.map(({ shape }) => shape.toSpliced(axis, 0, 1)),
    axis,
  )
