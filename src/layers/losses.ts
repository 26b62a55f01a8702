// Losses: cross-entropy over the last axis, with masks, and the squared error; no class weights, no
// label smoothing.
import { type Shape, type Tensor, tensor, ValueError } from '../tensor/index.ts'
import {
  inShape,
  type Ok,
  type Refusal,
  requireChoice,
  requireIndices,
  requireOptions,
  shown,
  softmaxCrossEntropy,
} from '../tensor/internal.ts'
import { requireMatch } from './parameters.ts'
import type { CrossEntropy, SquaredError } from './types.ts'

/** Which targets count, and how their losses become one. */
export interface CrossEntropyOptions {
  /**
   * The weight of each target, bool or float, of the targets' shape. Where it is 0 the target may
   * have any value. No gradient is computed for it.
   */
  mask?: Tensor | undefined
  /** Targets of this value do not count. */
  ignoreIndex?: number | undefined
  /**
   * 'mean' (default): Σ / Σ mask; 'batchMean': Σ / N, N the size of the leading axis; 'sum': Σ;
   * 'none': one loss for each target.
   */
  reduction?: 'mean' | 'sum' | 'batchMean' | 'none' | undefined
}

/** How the squares become one loss. */
export interface MSELossOptions {
  /** 'mean' (default), 'sum', or 'none' for every square by itself. */
  reduction?: 'mean' | 'sum' | 'none' | undefined
}

/**
 * ℓ = −w · log softmax(logits)[target] in nats, w = mask (1 without one; 0 where target =
 * ignoreIndex). logits (…, V), targets int32 (…), mask (…) → a scalar, or (…) with reduction
 * 'none'. Where a target does not count, its loss and the gradient of its logits are exactly 0,
 * whatever the logits are.
 *
 * Throws a ShapeError unless targets and mask are of the logits' shape without its last axis, a
 * DTypeError unless all are tensors, logits float, targets int32, mask bool or float, an IndexError
 * naming the first counted target outside 0..V−1, a ValueError for unknown options, or for a 'mean'
 * over targets whose weights sum to 0.
 *
 * ```ts
 * crossEntropy(zeros([2, 27]), tensor([3, 9], { dtype: 'int32' })) // 3.2958
 * Math.log(27) // 3.2958
 * ```
 */
export function crossEntropy<
  A extends Shape,
  B extends Shape,
  R extends CrossEntropyOptions['reduction'] = 'mean',
>(
  logits: Tensor<A>,
  targets: Refusal<CrossEntropy<A, B, R>> & Tensor<B>,
  options?: CrossEntropyOptions & { reduction?: R | undefined },
): Tensor<Ok<CrossEntropy<A, B, R>>>
export function crossEntropy(
  logits: Tensor,
  targets: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const who = 'crossEntropy'
  const {
    mask,
    ignoreIndex,
    reduction = 'mean',
  } = requireOptions(who, options, ['mask', 'ignoreIndex', 'reduction'])
  requireChoice(who, 'reduction', reduction, ['mean', 'sum', 'batchMean', 'none'])
  requireMatch(who, 'logits', logits, ['…', 'V'], 'float32', 'float64')
  const shape = logits.shape.slice(0, -1)
  requireMatch(who, 'targets', targets, shape, 'int32')
  if (ignoreIndex !== undefined && !Number.isInteger(ignoreIndex))
    throw new ValueError(
      `${who}: expected ignoreIndex to be a whole number, got ${shown(ignoreIndex)}`,
    )
  if (mask !== undefined) requireMatch(who, 'mask', mask, shape, 'bool', 'float32', 'float64')

  const { dtype } = logits
  const weights = mask
    ? Float64Array.from(mask.toTypedArray())
    : new Float64Array(targets.size).fill(1)
  const classes = targets.toTypedArray()
  for (let k = 0; k < weights.length; k++) {
    if (classes[k] === ignoreIndex) weights[k] = 0
    if (weights[k] === 0) classes[k] = 0
  }
  const index = tensor(classes, { shape, dtype: 'int32' })
  requireIndices(who, 'target', index, logits.shape[shape.length])
  const total = weights.reduce((sum, w) => sum + w, 0)
  if (reduction === 'mean' && total === 0)
    throw new ValueError(
      `${who}: expected a target to average over, got none that counts: use reduction 'sum'`,
    )

  const rows = weights.length
  const counted = { targets: inShape(index, [rows]), weights: tensor(weights, { dtype }) }
  const table = inShape(logits, [rows, logits.shape.at(-1) as number])
  const losses = inShape(softmaxCrossEntropy([table], counted), shape)
  if (reduction === 'none') return losses
  const divisor = reduction === 'mean' ? total : reduction === 'batchMean' ? (shape[0] ?? 1) : 1
  return losses.sum().div(divisor)
}

/**
 * (prediction − target)², averaged over all elements, summed, or as it is; both tensors of one
 * shape and dtype.
 *
 * Throws a DTypeError unless these are float tensors of one dtype, a ShapeError unless they have
 * one shape, a ValueError for unknown options.
 *
 * ```ts
 * mseLoss(tensor([1, 2]), tensor([1, 4])) // 2
 * ```
 */
export function mseLoss<
  A extends Shape,
  B extends Shape,
  R extends MSELossOptions['reduction'] = 'mean',
>(
  prediction: Tensor<A>,
  target: Refusal<SquaredError<A, B, R>> & Tensor<B>,
  options?: MSELossOptions & { reduction?: R | undefined },
): Tensor<Ok<SquaredError<A, B, R>>>
export function mseLoss(prediction: Tensor, target: Tensor, options: MSELossOptions = {}): Tensor {
  const who = 'mseLoss'
  const { reduction = 'mean' } = requireOptions(who, options, ['reduction'])
  requireChoice(who, 'reduction', reduction, ['mean', 'sum', 'none'])
  requireMatch(who, 'prediction', prediction, ['…'], 'float32', 'float64')
  requireMatch(who, 'target', target, prediction.shape, prediction.dtype)
  const squares = prediction.sub(target).square()
  if (reduction === 'none') return squares
  return reduction === 'mean' ? squares.mean() : squares.sum()
}
