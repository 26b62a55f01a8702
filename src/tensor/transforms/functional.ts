// Derivatives of functions: gradients, products with a vector, Jacobians and Hessians. Each is
// written with recorded backward passes (trace.ts); nothing here differentiates by itself.

import { requireRoom } from '../core/outOfMemory.ts'
import type { Tensor } from '../core/tensor.ts'
import { ones, zeros } from '../ops/creation.ts'
import { stack } from '../ops/join.ts'
import { requireFit } from './cotangents.ts'
import {
  detachUnlessOpen,
  gradOrZeros,
  type Inputs,
  type Mirrored,
  mirror,
  mustRecord,
  type Tangents,
  type TensorFunction,
  tangentsOf,
  trace,
  traceScalar,
} from './trace.ts'

/** What a pass does with the graph: free it, retain it for another pass, or record a new one. */
const FREE = { createGraph: false, retainGraph: false }
const RETAIN = { createGraph: false, retainGraph: true }
const CREATE = { createGraph: true, retainGraph: true }

const onesLike = (y: Tensor): Tensor => ones(y.shape, { dtype: y.dtype })

/**
 * The value of a function of tensors that returns one number, and its gradient by each input, of
 * that input's shape. `inputs` are one tensor or an array, and `grad` mirrors that. An input that
 * `fn` does not use gets zeros. Nothing is added into `.grad`.
 *
 * This and the transforms below share three rules. A derivative is taken by this call's inputs
 * alone, so that nested calls do not mix up their derivatives (Siskind & Pearlmutter, *Perturbation
 * confusion and referential transparency*, 2005). Results can be differentiated again if they
 * depend on an input or a captured tensor that requires a gradient; otherwise, and inside noGrad(),
 * they require none. In that case the recorded tensors are recycled as after `backward()`:
 * detach() those that `fn` stores elsewhere.
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
    const gradients = gradOrZeros([y], xs, [onesLike(y)], mustRecord(run) ? CREATE : FREE)
    return { value, grad: mirror(inputs, detachUnlessOpen(gradients, xs)) }
  })
}

/**
 * The value y of `fn`, and its vector–Jacobian product: `pullback(u)` is uᵀJ for a cotangent u of
 * y's shape, one tensor for each input, of that input's shape. The pullback may be called any
 * number of times. If u requires a gradient, the results can be differentiated by it.
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
      return run.within(() => {
        const graph = mustRecord(run, [cotangent]) ? CREATE : RETAIN
        return mirror(inputs, detachUnlessOpen(gradOrZeros([y], xs, [cotangent], graph), xs))
      })
    }
    return { value: detachUnlessOpen([y], xs)[0], pullback }
  })
}

/**
 * The value y of `fn`, and its Jacobian–vector product: `tangent` (y's shape) is the derivative Jv
 * of y along `tangents`, which have the shapes of the inputs. It takes two backward passes: uᵀJ is
 * linear in u, and its derivative by u, times v, is Jv (Townsend, *A new trick for calculating
 * Jacobian vector products*, 2017).
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
    const uJ = gradOrZeros([y], xs, [u], CREATE)
    const Jv = gradOrZeros(uJ, [u], v, mustRecord(run, v) ? CREATE : FREE)
    const [tangent] = detachUnlessOpen(Jv, [...xs, u])
    return { value, tangent }
  })
}

/**
 * The Jacobian of `fn` by each input x, of shape [...y.shape, ...x.shape]: element [i…, j…] is
 * ∂y[i…]/∂x[j…]. It takes one backward pass for each element of y.
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
    const [blocks] = jacobians('jacobian', [run.y], run.xs, mustRecord(run))
    return mirror(inputs, blocks)
  })
}

/** The Jacobians of several results of one run, each by every input. */
function jacobians(
  who: string,
  ys: readonly Tensor[],
  xs: readonly Tensor[],
  recorded: boolean,
): Tensor[][] {
  for (const y of ys) for (const x of xs) requireRoom(who, [...y.shape, ...x.shape], x.dtype)
  return ys.map((y, i) => {
    const rows = Array.from({ length: y.size }, (_, k) => {
      const unit = zeros(y.shape, { dtype: y.dtype })
      unit.elements()[k] = 1
      const isLast = i === ys.length - 1 && k === y.size - 1
      return gradOrZeros([y], xs, [unit], recorded ? CREATE : isLast ? FREE : RETAIN)
    })
    const blocks = xs.map((x, j) => {
      const shape = [...y.shape, ...x.shape]
      return y.size === 0
        ? zeros(shape, { dtype: x.dtype })
        : stack(rows.map((row) => row[j])).reshape(shape)
    })
    return detachUnlessOpen(blocks, xs)
  })
}

/**
 * The second derivatives of a function that returns one number: for one input x a tensor of shape
 * [...x.shape, ...x.shape]; for an array the blocks `H[i][j]` of shape [...x_i.shape,
 * ...x_j.shape], ∂²y/∂x_i∂x_j. It takes one backward pass for each element of the inputs.
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
    const gradients = gradOrZeros([y], xs, [onesLike(y)], CREATE)
    const blocks = jacobians('hessian', gradients, xs, mustRecord(run))
    return mirror(
      inputs,
      blocks.map((row) => mirror(inputs, row)),
    )
  })
}

/**
 * The Hessian of a function that returns one number, times a vector: Hv for a `v` with the shapes
 * of the inputs. It takes two backward passes for inputs of any size (Pearlmutter, *Fast exact
 * multiplication by the Hessian*, 1994).
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
    const gradients = gradOrZeros([y], xs, [onesLike(y)], CREATE)
    const Hv = gradOrZeros(gradients, xs, vectors, mustRecord(run, vectors) ? CREATE : FREE)
    return mirror(inputs, detachUnlessOpen(Hv, xs))
  })
}
