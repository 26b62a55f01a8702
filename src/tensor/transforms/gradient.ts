// The callers' side of gradients: backward(), grad() and hooks. They check arguments and deliver
// gradients; the pass is pass.ts and autograd.

import { type Hook, type Node, recording, withRecording } from '../../autograd/index.ts'
import { isFloat } from '../core/dtype.ts'
import { DTypeError, resemblesTensor, TapeError, ValueError } from '../core/errors.ts'
import { runHook } from '../core/forward.ts'
import { isOptions, requireFlag, requireFunction, requireOptions } from '../core/require.ts'
import { discard, unguarded, unscoped } from '../core/scopes.ts'
import { type Shape, show } from '../core/shape.ts'
import { requireTensor, Tensor } from '../core/tensor.ts'
import { addSumInto } from '../define/elementwise.ts'
import { copy } from '../ops/convert.ts'
import { ones, zeros } from '../ops/creation.ts'
import { changing } from '../ops/update.ts'
import { requireFit } from './cotangents.ts'
import { type BackwardOptions, type PassResult, runPass } from './pass.ts'

/** Options of `grad`. */
export interface GradOptions extends BackwardOptions {
  /** The cotangent of each output; null or absent for outputs of one element means 1. */
  gradOutputs?: Tensor | readonly (Tensor | null)[] | undefined
  /** Give zeros instead of an error for inputs that no output depends on. Default false. */
  allowUnused?: boolean | undefined
}

/** Gradients of a computed tensor. */
export interface Backward<S extends Shape = Shape> {
  /**
   * Adds the gradient of this tensor into `.grad` of every leaf that it was computed from.
   * `gradient` is this tensor's own cotangent, 1 by default for one element. Throws a TapeError
   * when nothing requires a gradient, when an earlier pass has used the graph, or when a saved
   * value has changed; a DTypeError unless it is of floats; a ShapeError for a gradient that does
   * not fit.
   *
   * ```ts
   * const x = tensor([1, 2], { requiresGrad: true })
   * x.square().backward(tensor([1, 10]))
   * x.grad // [2, 40]
   * x.sum().backward({ retainGraph: true }) // options may come first
   * ```
   */
  backward(gradient?: Tensor | null, options?: BackwardOptions): void
  /** The same for a tensor of one element. */
  backward(options: BackwardOptions): void
  /**
   * Registers a hook: every backward pass calls `f` with this tensor's cotangent before using it.
   * `f` may return another tensor of the same shape and dtype, which replaces it. The cotangent
   * stays readable, can be differentiated if the pass is recorded, and must not be changed in
   * place. Hooks are called in the order of registration, as long as the tensor requires a
   * gradient. Returns a function that removes the hook. Throws a TapeError when the tensor requires
   * no gradient, a DTypeError unless it is of floats; the pass throws a ShapeError or DTypeError
   * for a replacement that does not fit.
   *
   * ```ts
   * const x = tensor([1, 2], { requiresGrad: true })
   * const remove = x.registerHook((g) => g.mul(0.5))
   * grad(x.square().sum(), x) // [1, 2]
   * remove()
   * ```
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: hooks that look return nothing.
  registerHook(f: (g: Tensor<S>) => Tensor | void): () => void
}

/** Throws a DTypeError for whole numbers and flags: nothing makes them require a gradient. */
function requireFloats(who: string, what: string, { dtype, shape }: Tensor): void {
  if (!isFloat(dtype))
    throw new DTypeError(
      `${who}: expected ${what} ${show(shape)} to be float32 or float64, got ${dtype}: only ` +
        'floats have gradients',
    )
}

/** The cotangent of an output: the given one, or 1. */
function seed(who: string, output: Tensor, given: Tensor | null | undefined): Tensor {
  requireTensor(who, output)
  if (output.node === null) {
    requireFloats(who, 'an output', output)
    const remedy = recording
      ? 'create a leaf with { requiresGrad: true }'
      : 'nothing is recorded in noGrad(), hooks and derivatives: use enableGrad()'
    throw new TapeError(
      `${who}: this tensor ${show(output.shape)} does not depend on anything that requires a ` +
        `gradient: ${remedy}`,
    )
  }
  if (given == null) {
    if (output.size !== 1)
      throw new TapeError(
        `${who}: expected a gradient for an output of shape ${show(output.shape)}: reduce it to ` +
          'one number first, or pass a tensor of that shape',
      )
    return ones(output.shape, { dtype: output.dtype })
  }
  requireFit(who, 'a gradient', given, output)
  return given
}

/** The options, checked. Each is read once. */
function passOptions(
  who: string,
  options: GradOptions,
  allowed: (keyof GradOptions)[],
): GradOptions {
  const read = requireOptions(who, options, allowed)
  for (const name of ['createGraph', 'retainGraph', 'allowUnused'] as const)
    requireFlag(who, name, read[name])
  return read
}

const listOf = <T>(x: T | readonly T[]): readonly T[] => (Array.isArray(x) ? x : [x as T])

/** Adds each leaf's gradient into its `.grad`: all of them, or after an error none. */
function accumulate({ nodes, give }: PassResult, recorded: boolean): void {
  const assigned: (readonly [leaf: Tensor, g: Tensor])[] = []
  const inPlace: (readonly [sum: Tensor, g: Tensor])[] = []
  give(nodes).forEach((cotangent, i) => {
    const leaf = nodes[i].output
    const g = cotangent as Tensor
    const sum = leaf.grad
    if (sum === null) assigned.push([leaf, g])
    else if (g.node === null && sum.node === null && leaf.ownsGrad) inPlace.push([sum, g])
    else assigned.push([leaf, withRecording(recorded || recording, () => sum.add(g))])
  })
  // Bringing numbers back into the kernels' memory can fail. The steps after it cannot.
  for (const pair of inPlace) for (const t of pair) t.address()
  for (const [sum, g] of inPlace) {
    changing('backward', sum, () => addSumInto(sum, g))
    discard(g.storage)
  }
  for (const [leaf, g] of assigned) assignGradient(leaf, g)
}

/** Only a plain gradient becomes the leaf's own: zeroGrad() must not recycle a recorded one. */
function assignGradient(leaf: Tensor, g: Tensor): void {
  if (g.node === null) leaf.ownGrad(g)
  else leaf.grad = g
}

export const backwards: Backward & ThisType<Tensor> = {
  backward(first?: Tensor | null | BackwardOptions, second?: BackwardOptions) {
    const leading = second === undefined && isOptions(first) && !resemblesTensor(first)
    const [gradient, options = {}] = leading
      ? [null, first as BackwardOptions]
      : [first as Tensor | null | undefined, second]
    const { createGraph, retainGraph } = passOptions('backward', options, [
      'retainGraph',
      'createGraph',
    ])
    const seeds = [seed('backward', this, gradient)]
    // A derivative that starts passes changes gradients again that earlier ones have changed.
    runPass([this], seeds, null, { createGraph, retainGraph }, (found) =>
      unscoped(() => unguarded(() => accumulate(found, createGraph === true))),
    )
  },
  registerHook(f) {
    const { node } = this
    requireFunction('registerHook', 'a function of the gradient', f)
    requireFloats('registerHook', 'a tensor', this)
    if (node === null)
      throw new TapeError(
        'registerHook: expected a tensor that requires a gradient, got one that does not: ' +
          'create it with { requiresGrad: true }',
      )
    const hook: Hook<Tensor> = (cotangent) => {
      // A cotangent that the pass did not compute may be changed in place by its owner.
      const g =
        cotangent.node !== null || cotangent.storage.temporary ? cotangent : copy([cotangent])
      g.storage.pinned = true
      const replacement = runHook(() => f(g))
      if (replacement === undefined) return undefined
      requireFit('registerHook', 'a gradient', replacement, g)
      return replacement
    }
    node.hooks ??= new Set()
    node.hooks.add(hook)
    return () => {
      const { node } = this
      node?.hooks?.delete(hook)
      if (node?.hooks?.size === 0) node.hooks = null
    }
  },
}

/**
 * The gradients of `outputs` (their sum, or weighted by `gradOutputs`) with respect to `inputs`:
 * one tensor for one input, an array for an array. With `createGraph` they can be differentiated
 * again. Nothing is added into `.grad`. Throws a TapeError when an input was not used (unless
 * `allowUnused`, which gives zeros) or an earlier pass has used the graph; a DTypeError unless
 * all are of floats; a ShapeError for a gradient that does not fit.
 *
 * ```ts
 * const x = tensor(2, { requiresGrad: true })
 * const dy = grad(x.pow(3), x, { createGraph: true })
 * dy // 12
 * grad(dy, x) // 12
 * ```
 */
export function grad<S extends Shape>(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor<S>,
  options?: GradOptions,
): Tensor<S>
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
  options?: GradOptions,
): Tensor[]
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): Tensor | Tensor[] {
  const { gradOutputs, allowUnused, ...forPass } = passOptions('grad', options, [
    'gradOutputs',
    'createGraph',
    'retainGraph',
    'allowUnused',
  ])
  const roots = [...listOf(outputs)]
  const targets = [...listOf(inputs)]
  const given = listOf(gradOutputs ?? [])
  if (given.length > 0 && given.length !== roots.length)
    throw new ValueError(
      `grad: expected ${roots.length} gradOutputs, one for each output, got ${given.length}`,
    )
  targets.forEach((input, i) => {
    requireTensor('grad', input)
    requireFloats('grad', `input ${i}`, input)
    if (input.node === null)
      throw new TapeError(
        `grad: expected input ${i} to require a gradient: create it with { requiresGrad: true }`,
      )
  })
  const nodes = targets.map(({ node }) => node as Node<Tensor>)
  const seeds = roots.map((root, i) => seed('grad', root, given[i]))
  return runPass(roots, seeds, targets, forPass, (found) => {
    const reached = new Set(found.nodes)
    const missing = allowUnused ? -1 : nodes.findIndex((node) => !reached.has(node))
    if (missing >= 0)
      throw new TapeError(
        `grad: input ${missing} ${show(targets[missing].shape)} was not used to compute the ` +
          'outputs: leave it out, or pass { allowUnused: true } for zeros',
      )
    const gs = found.give(nodes)
    const results = targets.map(({ shape, dtype }, i) => gs[i] ?? zeros(shape, { dtype }))
    return inputs instanceof Tensor ? results[0] : results
  })
}
