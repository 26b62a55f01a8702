// What connectivity takes: a model over sequences and its input, both examined. It differentiates
// nothing.

import { Module } from '../../layers/index.ts'
import { DTypeError, enableGrad, ShapeError, TapeError, Tensor } from '../../tensor/index.ts'
import { isFloat, noTensor, requireFlag, requireFunction, show } from '../../tensor/internal.ts'

/** A layer or model whose forward takes x (N, T, D) alone, or a function of x. */
export type SequenceModel = Module | ((x: Tensor) => Tensor | { readonly output: Tensor })

/** A run of a model: y (N, T, O) of x (N, T, D), or both with their first two axes swapped. */
export interface SequenceRun {
  readonly x: Tensor
  readonly y: Tensor
  readonly N: number
  readonly T: number
  readonly D: number
  readonly O: number
  /** The place of step t of sequence n among the N·T rows of x and of y. */
  rowOf(n: number, t: number): number
}

/** Runs the model on a leaf with the numbers of `x`. Throws for what connectivity cannot take. */
export function runSequences(
  who: string,
  model: SequenceModel,
  given: Tensor,
  batchFirst: boolean | undefined,
): SequenceRun {
  requireFlag(who, 'batchFirst', batchFirst)
  if (!(model instanceof Module)) requireFunction(who, 'a Module or a function of x', model)
  const isBatchFirst = batchFirst ?? (model as { batchFirst?: boolean }).batchFirst ?? true
  const axes = isBatchFirst ? '(N, T, …)' : '(T, N, …)'
  const x = leafOf(who, given, axes)
  const y = enableGrad(() => outputOf(who, model, x))
  const [rows, columns] = x.shape
  if (y.shape.length !== 3 || y.shape[0] !== rows || y.shape[1] !== columns || y.size === 0)
    throw new ShapeError(
      `${who}: expected the model to give (${rows}, ${columns}, …), a result for every step of x ` +
        `${show(x.shape)}, got ${show(y.shape)}: return the output of all steps, and as a third ` +
        'axis the numbers of each',
    )
  if (y.node === null)
    throw new TapeError(
      `${who}: expected a result that depends on x, got one that is not recorded: look for ` +
        'detach(), noGrad() or numbers read out of tensors',
    )
  const [N, T] = isBatchFirst ? [rows, columns] : [columns, rows]
  const rowOf = (n: number, t: number): number => (isBatchFirst ? n * T + t : t * N + n)
  return { x, y, N, T, D: x.shape[2], O: y.shape[2], rowOf }
}

function leafOf(who: string, x: unknown, axes: string): Tensor {
  if (!(x instanceof Tensor))
    throw new DTypeError(`${who}: expected x to be a Tensor ${axes}, got ${noTensor(x)}`)
  if (!isFloat(x.dtype))
    throw new DTypeError(
      `${who}: expected x to be float32 or float64, got ${x.dtype}: embed it before, and let a ` +
        'function take the embedded vectors',
    )
  if (x.shape.length !== 3 || x.size === 0)
    throw new ShapeError(
      `${who}: expected x of shape ${axes} with at least one number, got ${show(x.shape)}: ` +
        'unsqueeze the axes that are missing',
    )
  const leaf = x.detach().clone()
  leaf.requiresGrad = true
  return leaf
}

function outputOf(who: string, model: SequenceModel, x: Tensor): Tensor {
  const forward = (x: Tensor): unknown =>
    model instanceof Module
      ? (model as unknown as { forward(x: Tensor): unknown }).forward(x)
      : model(x)
  const result = forward(x)
  const y =
    typeof result === 'object' && result !== null && 'output' in result ? result.output : result
  if (!(y instanceof Tensor))
    throw new DTypeError(
      `${who}: expected the model to give a Tensor, or { output }, got ${noTensor(y)}`,
    )
  if (!isFloat(y.dtype))
    throw new DTypeError(
      `${who}: expected the model to give float32 or float64, got ${y.dtype}: it has no derivative`,
    )
  return y
}
