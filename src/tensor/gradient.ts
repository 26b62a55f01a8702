// Asking for gradients: backward, grad, noGrad and enableGrad. The walk itself is autograd's; here
// it learns what tensors are.

import { type Hook, type Node, now, recording, walk, withRecording } from '../autograd/index.ts'
import type { Storage } from '../kernels/heap.ts'
import { alone, Cotangents, requireFit } from './cotangents.ts'
import { ones, zeros } from './creation.ts'
import { resemblesTensor, TapeError, ValueError } from './errors.ts'
import { showing } from './forward.ts'
import { handOver, scoped, unscoped } from './lifetime.ts'
import { addSumInto } from './op.ts'
import { copy } from './ops/convert.ts'
import { changing } from './ops/update.ts'
import { checkFlag, checkFunction, checkOptions, isOptions, requireSync } from './options.ts'
import { type Shape, show } from './shape.ts'
import { requireTensor, Tensor } from './tensor.ts'

/** How `backward` walks the graph. */
export interface BackwardOptions {
  /** Keep the graph, so that it can be walked again. Default: `createGraph`. */
  retainGraph?: boolean | undefined
  /** Record the walk, so that gradients can be differentiated. Default false. */
  createGraph?: boolean | undefined
}

/** How `grad` walks the graph. */
export interface GradOptions extends BackwardOptions {
  /** The cotangent of each output; null or absent for outputs of one element means 1. */
  gradOutputs?: Tensor | readonly (Tensor | null)[] | undefined
  /**
   * Give zeros for inputs that the outputs do not depend on, instead of an error. Default false.
   */
  allowUnused?: boolean | undefined
}

/** Derivatives of what was computed. */
export interface Backward<S extends Shape = Shape> {
  /**
   * Adds the gradient of this tensor into `.grad` of every leaf it was computed from. `gradient` is
   * this tensor's own cotangent, 1 by default for one element. Throws a TapeError when nothing
   * requires a gradient, when the graph was walked before, or when a saved value has changed; a
   * ShapeError for a gradient that does not fit.
   *
   * ```ts
   * const x = tensor([1, 2], { requiresGrad: true })
   * x.square().backward(tensor([1, 10]))
   * x.grad // [2, 40]
   * x.sum().backward({ retainGraph: true }) // options may come first
   * ```
   */
  backward(gradient?: Tensor | null, options?: BackwardOptions): void
  /** The same for one number. */
  backward(options: BackwardOptions): void
  /**
   * Has `f` called with this tensor's cotangent in every walk that computes it, before it is used:
   * to look at it, or to return one of the same shape and dtype that takes its place. What `f` is
   * given stays readable, and may be differentiated where the walk is recorded; it must not be
   * changed in place. Hooks are called in the order they came, and last as long as the tensor
   * requires a gradient. Returns what removes the hook. Throws a TapeError when the tensor requires
   * no gradient; the walk throws a ShapeError or DTypeError for a replacement that does not fit.
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

/** The cotangents of an output: what the caller gave, or 1. */
function seed(who: string, output: Tensor, given: Tensor | null | undefined): Tensor {
  requireTensor(who, output)
  if (output.node === null) {
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

/** What a pass found. */
interface Found {
  /** The nodes that were asked for and reached. */
  readonly nodes: readonly Node<Tensor>[]
  /**
   * The cotangents of nodes as tensors of the caller's own, copies where others hold their numbers,
   * too; nothing for a node that was not reached.
   */
  give(nodes: readonly Node<Tensor>[]): (Tensor | undefined)[]
}

/** Walks back, and gives `deliver` what was found. The graph is used up when it has returned. */
function run<R>(
  outputs: readonly Tensor[],
  seeds: readonly Tensor[],
  inputs: readonly Tensor[] | null,
  { createGraph = false, retainGraph = createGraph }: BackwardOptions,
  deliver: (found: Found) => R,
): R {
  const since = now()
  const pass = (): R =>
    walk(
      new Cotangents(createGraph, outputs),
      outputs,
      seeds,
      inputs,
      { createGraph, retainGraph },
      (cotangents) => {
        const give: Found['give'] = (nodes) => {
          const gs = nodes.map((node) => cotangents.get(node))
          const first = firstOfEach(gs)
          return gs.map((g) => {
            if (g === undefined) return undefined
            const mine = createGraph
              ? first.get(g.storage) === g && isComputedSince(g, since)
              : alone(g)
            if (!mine) return withRecording(createGraph, () => unscoped(() => copy([g])))
            if (!createGraph) handOver(g.storage)
            g.storage.copied = false // Whatever its derivative read it from.
            return g
          })
        }
        return deliver({ nodes: [...cotangents.keys()], give })
      },
    )
  // Like all that is recorded, a recorded pass inside noGrad() is not the scope's to recycle.
  return createGraph && !recording ? unscoped(pass) : pass()
}

/**
 * Of the tensors that show one storage, the one that the others were computed from; none where it
 * is asked for twice.
 */
function firstOfEach(tensors: readonly (Tensor | undefined)[]): Map<Storage, Tensor | null> {
  const first = new Map<Storage, Tensor | null>()
  const seen = new Set<Tensor>()
  for (const t of tensors) {
    if (t === undefined) continue
    const known = first.get(t.storage)
    if (seen.has(t)) first.set(t.storage, null)
    else if (
      known === undefined ||
      (known?.node != null && t.node !== null && t.node.id < known.node.id)
    )
      first.set(t.storage, t)
    seen.add(t)
  }
  return first
}

/**
 * Whether ops recorded after `since` computed these numbers, and nobody was shown them: they are no
 * view of anything older.
 */
function isComputedSince({ node, storage }: Tensor, since: number): boolean {
  if (storage.kept) return false
  while (node !== null && node.rule !== null && node.id > since) {
    const source = node.inputs.find((input) => input.storage === storage)
    if (source === undefined) return true
    node = source.node
  }
  return false
}

/** The options, each read once. */
function checkWalk(who: string, options: GradOptions, allowed: (keyof GradOptions)[]): GradOptions {
  const read = checkOptions(who, options, allowed)
  for (const name of ['createGraph', 'retainGraph', 'allowUnused'] as const)
    checkFlag(who, name, read[name])
  return read
}

const listOf = <T>(x: T | readonly T[]): readonly T[] => (Array.isArray(x) ? x : [x as T])

/** Adds each leaf's gradient into its `.grad`: all of them, or after an error none. */
function accumulate({ nodes, give }: Found, recorded: boolean): void {
  const taken: (readonly [leaf: Tensor, g: Tensor])[] = []
  const inPlace: (readonly [sum: Tensor, g: Tensor])[] = []
  give(nodes).forEach((found, i) => {
    const [leaf, g] = [nodes[i].output, found as Tensor]
    const { grad: sum } = leaf
    if (sum === null) taken.push([leaf, g])
    else if (g.node === null && sum.node === null && leaf.ownsGrad) inPlace.push([sum, g])
    else taken.push([leaf, withRecording(recorded || recording, () => sum.add(g))])
  })
  // What can still fail now is to bring numbers back into the memory.
  for (const pair of inPlace) for (const t of pair) t.ptr
  for (const [sum, g] of inPlace) changing('backward', sum, () => addSumInto(sum, g))
  for (const [leaf, g] of taken) takeGradient(leaf, g)
}

/** A recorded gradient is part of a graph, which zeroGrad() must not recycle. */
function takeGradient(leaf: Tensor, g: Tensor): void {
  if (g.node === null) leaf.ownGrad(g)
  else leaf.grad = g
}

export const backwards: Backward & ThisType<Tensor> = {
  backward(first?: Tensor | null | BackwardOptions, second?: BackwardOptions) {
    const leading = second === undefined && isOptions(first) && !resemblesTensor(first)
    const [gradient, options = {}] = leading
      ? [null, first as BackwardOptions]
      : [first as Tensor | null | undefined, second]
    const { createGraph, retainGraph } = checkWalk('backward', options, [
      'retainGraph',
      'createGraph',
    ])
    const seeds = [seed('backward', this, gradient)]
    run([this], seeds, null, { createGraph, retainGraph }, (found) =>
      unscoped(() => accumulate(found, createGraph === true)),
    )
  },
  registerHook(f) {
    const { node } = this
    checkFunction('registerHook', 'a function of the gradient', f)
    if (node === null)
      throw new TapeError(
        'registerHook: expected a tensor that requires a gradient, got one that does not: ' +
          'create it with { requiresGrad: true }',
      )
    const hook: Hook<Tensor> = (cotangent) => {
      // What the pass did not make belongs to others, who may change it.
      const g =
        cotangent.node !== null || cotangent.storage.transient ? cotangent : copy([cotangent])
      g.storage.kept = true
      const replacement = showing(g.storage, () => f(g))
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
 * `allowUnused`, which gives zeros) or the graph was walked before; a ShapeError for a gradient
 * that does not fit.
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
  const { gradOutputs, allowUnused, ...walking } = checkWalk('grad', options, [
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
    if (input.node === null)
      throw new TapeError(
        `grad: expected input ${i} to require a gradient: create it with { requiresGrad: true }`,
      )
  })
  const nodes = targets.map(({ node }) => node as Node<Tensor>)
  const seeds = roots.map((root, i) => seed('grad', root, given[i]))
  return run(roots, seeds, targets, walking, (found) => {
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

/**
 * Runs `fn` without recording. What its ops made is recycled at the end, except what it returns
 * (tensors in arrays and objects included) and what went through detach() or clone(). Throws a
 * TapeError for an `fn` that leaves its work for later: one that returns a Promise, an iterator or
 * a function.
 *
 * ```ts
 * const x = tensor([1, 2], { requiresGrad: true })
 * noGrad(() => x.square().sum()).requiresGrad // false
 * ```
 */
export function noGrad<T>(fn: () => T): T {
  checkFunction('noGrad', 'a function', fn)
  return withRecording(false, () => scoped('noGrad', fn))
}

/**
 * Runs `fn` with recording on, as inside a noGrad() that needs a gradient after all. Throws a
 * TapeError for an `fn` that leaves its work for later, as noGrad does.
 *
 * ```ts
 * const x = tensor([1, 2], { requiresGrad: true })
 * noGrad(() => enableGrad(() => grad(x.square().sum(), x))) // [2, 4]
 * ```
 */
export function enableGrad<T>(fn: () => T): T {
  checkFunction('enableGrad', 'a function', fn)
  return requireSync('enableGrad', recording ? fn() : withRecording(true, () => unscoped(fn)))
}
