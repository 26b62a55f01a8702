// DerivativeScopes of functions: with the value, times a vector, and whole. Each is written with
// recorded walks (trace.ts); there is no second kind of differentiation here.

import { requireRoom } from '../core/outOfMemory.ts'
import type { Tensor } from '../core/tensor.ts'
import { ones, zeros } from '../ops/creation.ts'
import { stack } from '../ops/join.ts'
import { requireFit } from './cotangents.ts'
import {
  detachUnlessOpen,
  type Inputs,
  isOpen,
  type Mirrored,
  mirror,
  pull,
  type Tangents,
  type TensorFunction,
  tangentsOf,
  trace,
  traceScalar,
} from './trace.ts'

const ONCE = { createGraph: false, retainGraph: false }
const AGAIN = { createGraph: false, retainGraph: true }
const RECORDED = { createGraph: true, retainGraph: true }

const one = (y: Tensor): Tensor => ones(y.shape, { dtype: y.dtype })

/**
 * The value of a function of tensors that returns one number, and its gradient: each input's has
 * that input's shape. Inputs are one tensor or an array, and `grad` mirrors that; an input that
 * `fn` does not use gets zeros. Nothing is added into `.grad`.
 *
 * This and the transforms below share three rules. A derivative is taken by this call's inputs
 * alone, so calls nest without confusing whose derivative is whose (Siskind & Pearlmutter,
 * *Perturbation confusion and referential transparency*, 2005). Results can be differentiated again
 * where they depend on an input, or on a tensor `fn` captures, that requires a gradient; otherwise,
 * and inside noGrad(), they are plain. And what a plain call recorded is recycled as after
 * `backward()`: detach() what `fn` puts aside.
 *
 * Throws a ShapeError unless `fn` returns one element; a DTypeError unless inputs and result are
 * float tensors; a ValueError for an `fn` that is no function.
 *
 * ```ts
 * const { value, grad } = valueAndGrad((x) => x.square().sum(), tensor([1, 2]))
 * value // 5
 * grad // [2, 4]
 * ```
 */
export function valueAndGrad<X extends Inputs>(
  fn: TensorFunction,
  inputs: X,
): { value: Tensor; grad: Mirrored<X> } {
  return traceScalar('valueAndGrad', fn, inputs, (run) => {
    const { xs, y } = run
    const [value] = detachUnlessOpen([y], xs)
    const gradients = pull([y], xs, [one(y)], isOpen(run) ? RECORDED : ONCE)
    return { value, grad: mirror(inputs, detachUnlessOpen(gradients, xs)) }
  })
}

/**
 * The value y of `fn`, and its vector–Jacobian product: `pullback(u)` is uᵀJ for a cotangent u of
 * y's shape, one tensor of its shape for each input. The pullback may be called any number of
 * times; its results can also be differentiated by a cotangent that requires a gradient.
 *
 * Throws a DTypeError unless inputs and result are float tensors, a ValueError for an `fn` that is
 * no function; the pullback a ShapeError or DTypeError for a cotangent that does not fit, and a
 * TapeError when `value` was differentiated in the meantime without `retainGraph`.
 *
 * ```ts
 * const { value, pullback } = vjp((x) => x.square(), tensor([1, 2]))
 * value // [1, 4]
 * pullback(tensor([10, 1])) // [20, 4]
 * ```
 */
export function vjp<X extends Inputs>(
  fn: TensorFunction,
  inputs: X,
): { value: Tensor; pullback: (cotangent: Tensor) => Mirrored<X> } {
  return trace('vjp', fn, inputs, (run) => {
    const { xs, y } = run
    const pullback = (cotangent: Tensor): Mirrored<X> => {
      requireFit('vjp', 'a cotangent', cotangent, y)
      return run.within(() =>
        mirror(
          inputs,
          detachUnlessOpen(
            pull([y], xs, [cotangent], isOpen(run, [cotangent]) ? RECORDED : AGAIN),
            xs,
          ),
        ),
      )
    }
    return { value: detachUnlessOpen([y], xs)[0], pullback }
  })
}

/**
 * The value y of `fn`, and its Jacobian–vector product: `tangent` (y's shape) is the derivative Jv
 * of y along `tangents`, which are like the inputs. uᵀJ is linear in u, and its transpose by u is
 * Jv: two walks back make one forward (Townsend, *A new trick for calculating Jacobian vector
 * products*, 2017).
 *
 * Throws a ValueError, ShapeError or DTypeError for tangents that do not fit the inputs; a
 * DTypeError unless inputs and result are float tensors.
 *
 * ```ts
 * const { tangent } = jvp((x) => x.square(), tensor([1, 2]), tensor([10, 1]))
 * tangent // [20, 4]
 * ```
 */
export function jvp<X extends Inputs>(
  fn: TensorFunction,
  inputs: X,
  tangents: Tangents<X>,
): { value: Tensor; tangent: Tensor } {
  const v = tangentsOf('jvp', inputs, tangents)
  return trace('jvp', fn, inputs, (run) => {
    const { xs, y } = run
    const [value] = detachUnlessOpen([y], xs)
    const u = run.leaf(zeros(y.shape, { dtype: y.dtype }))
    const transposed = pull([y], xs, [u], RECORDED)
    const [tangent] = detachUnlessOpen(pull(transposed, [u], v, isOpen(run, v) ? RECORDED : ONCE), [
      ...xs,
      u,
    ])
    return { value, tangent }
  })
}

/**
 * The Jacobian of `fn` by each input: element [i…, j…], of shape [...y.shape, ...x.shape], is
 * ∂y[i…]/∂x[j…]. One walk for each element of y.
 *
 * Throws a DTypeError unless inputs and result are float tensors, a ValueError for an `fn` that is
 * no function, a MemoryError where the result would be larger than the heap can be.
 *
 * ```ts
 * jacobian((x) => x.square(), tensor([1, 2])) // [[2, 0], [0, 4]]
 * ```
 */
export function jacobian<X extends Inputs>(fn: TensorFunction, inputs: X): Mirrored<X> {
  return trace('jacobian', fn, inputs, (run) => {
    const [blocks] = rows('jacobian', [run.y], run.xs, isOpen(run))
    return mirror(inputs, blocks)
  })
}

/** The Jacobians of several results of one run, each by every input. */
function rows(
  who: string,
  ys: readonly Tensor[],
  xs: readonly Tensor[],
  open: boolean,
): Tensor[][] {
  const last = ys.length - 1
  for (const y of ys) for (const x of xs) requireRoom(who, [...y.shape, ...x.shape], x.dtype)
  return ys.map((y, i) => {
    const found = Array.from({ length: y.size }, (_, k) => {
      const unit = zeros(y.shape, { dtype: y.dtype })
      unit.elements()[k] = 1
      return pull([y], xs, [unit], open ? RECORDED : i === last && k === y.size - 1 ? ONCE : AGAIN)
    })
    const blocks = xs.map((x, j) => {
      const shape = [...y.shape, ...x.shape]
      return y.size === 0
        ? zeros(shape, { dtype: x.dtype })
        : stack(found.map((row) => row[j])).reshape(shape)
    })
    return detachUnlessOpen(blocks, xs)
  })
}

/**
 * The second derivatives of a function that returns one number: for one input x a tensor of shape
 * [...x.shape, ...x.shape]; for an array the blocks `H[i][j]` of shape [...x_i.shape,
 * ...x_j.shape], ∂²y/∂x_i∂x_j. One walk for each element of the inputs.
 *
 * Throws a ShapeError unless `fn` returns one element; a DTypeError unless inputs and result are
 * float tensors; a ValueError for an `fn` that is no function.
 *
 * ```ts
 * hessian((x) => x.pow(3).sum(), tensor([1, 2])) // [[6, 0], [0, 12]]
 * ```
 */
export function hessian<X extends Inputs>(fn: TensorFunction, inputs: X): Mirrored<X, Mirrored<X>> {
  return traceScalar('hessian', fn, inputs, (run) => {
    const { xs, y } = run
    const gradients = pull([y], xs, [one(y)], RECORDED)
    const blocks = rows('hessian', gradients, xs, isOpen(run))
    return mirror(
      inputs,
      blocks.map((row) => mirror(inputs, row)),
    )
  })
}

/**
 * The Hessian of a function that returns one number times a vector: Hv, like the inputs, for a `v`
 * like the inputs. Costs two walks, whatever the size (Pearlmutter, *Fast exact multiplication by
 * the Hessian*, 1994).
 *
 * Throws a ValueError, ShapeError or DTypeError for a `v` that does not fit the inputs; a
 * ShapeError unless `fn` returns one element.
 *
 * ```ts
 * hvp((x) => x.pow(3).sum(), tensor([1, 2]), tensor([1, 1])) // [6, 12]
 * ```
 */
export function hvp<X extends Inputs>(fn: TensorFunction, inputs: X, v: Tangents<X>): Mirrored<X> {
  const vectors = tangentsOf('hvp', inputs, v)
  return traceScalar('hvp', fn, inputs, (run) => {
    const { xs, y } = run
    const gradients = pull([y], xs, [one(y)], RECORDED)
    return mirror(
      inputs,
      detachUnlessOpen(pull(gradients, xs, vectors, isOpen(run, vectors) ? RECORDED : ONCE), xs),
    )
  })
}
