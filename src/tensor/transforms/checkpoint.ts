// Recompute instead of store: checkpoint() drops the graph of a function's call, and records it
// again when a backward pass reaches it. The pass itself is autograd's.

import {
  Node,
  type Nodes,
  noting,
  now,
  type Rule,
  recording,
  rewound,
  withRecording,
} from '../../autograd/index.ts'
import type { TypedArray } from '../core/dtype.ts'
import { TapeError } from '../core/errors.ts'
import { scoped, tensorsIn } from '../core/lifetime.ts'
import { requireFunction, requireSync } from '../core/require.ts'
import { sameShape, show } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import { watchStreams } from '../ops/streams.ts'
import { fingerprint } from './fingerprint.ts'

/** A call whose graph was dropped. */
interface CheckpointCall {
  /** The tensors that fn computed and returned, the oldest first. */
  readonly outputs: readonly Tensor[]
  /** The tensors from outside that ops of the call used, for each of the `outsideInputs`. */
  sources: readonly Tensor[]
  /** The attributes and constants of the call's ops, as text. */
  readonly constants: readonly string[]
  /** The hooks that fn itself registered on each output. It registers them again in `again`. */
  readonly hooks: readonly ReadonlySet<unknown>[]
  /** Runs fn once more, recorded. */
  again(): Made
}

/** The tensors that a call of fn computed and returned, and the nodes that it recorded. */
interface Made {
  readonly outputs: readonly Tensor[]
  readonly recorded: Nodes
}

const rule: Rule<Tensor, CheckpointCall> = {
  name: 'checkpoint',
  recompute({ outputs, hooks, again }, resume) {
    const recordAgain = (): readonly Tensor[] => {
      const { outputs: values, recorded } = again()
      values.forEach(({ node }, i) => {
        const later = [...(outputs[i].node?.hooks ?? [])].filter((hook) => !hooks[i].has(hook))
        if (node !== null && later.length > 0)
          node.hooks = new Set([...(node.hooks ?? []), ...later])
      })
      resume(
        recorded,
        outputs.map((y, i) => [y.node as Node<Tensor>, values[i]]),
      )
      return values
    }
    if (!recording) return void scoped('checkpoint', () => void recordAgain())
    // A recorded pass refers to the graph that was recorded again, so the outputs keep that graph.
    recordAgain().forEach(({ node }, i) => {
      outputs[i].node = node
    })
  },
}

/** The ops among `recorded` that tensors depend on, the oldest first. */
function opsBehind(tensors: readonly Tensor[], recorded: Nodes): Node<Tensor>[] {
  const nodes = new Set<Node<Tensor>>()
  const note = ({ node }: Tensor): void => {
    if (isOpAmong(recorded, node)) nodes.add(node)
  }
  tensors.forEach(note)
  for (const node of nodes) node.inputs.forEach(note)
  return [...nodes].sort((a, b) => a.id - b.id)
}

/** Whether `node` is an op among `recorded`; a leaf that fn made is none. */
const isOpAmong = (recorded: Nodes, node: Node<Tensor> | null): node is Node<Tensor> =>
  node !== null && node.rule !== null && recorded.has(node)

/** Each use of a tensor that requires a gradient and comes from outside the call, in op order. */
const outsideInputs = (ops: readonly Node<Tensor>[], recorded: Nodes) =>
  ops.flatMap((node) =>
    node.inputs.flatMap((input, i) =>
      input.node === null || isOpAmong(recorded, input.node) ? [] : [{ node, i, input }],
    ),
  )

/**
 * Gives a leaf that fn created an id from before the call. When fn runs again it may use this leaf
 * from the start, in ops whose ids are smaller than the leaf's was.
 */
function predate(leaf: Tensor, since: number): void {
  const { node } = leaf
  if (node === null || node.rule !== null || node.id <= since) return
  rewound(since - 1, () => {
    leaf.node = new Node<Tensor>(null, [], node.attrs, leaf)
    leaf.node.hooks = node.hooks
  })
}

/**
 * Runs `fn`. The outputs are the tensors in its result that its ops computed, except those whose
 * graph a pass inside fn has released.
 */
function run<R>(fn: () => R): Made & { result: R } {
  const [result, recorded] = noting(fn)
  const outputs = tensorsIn(result)
    .filter(({ node }) => isOpAmong(recorded, node))
    .filter((y) => !opsBehind([y], recorded).some((node) => node.consumed))
    .sort((a, b) => (a.node as Node<Tensor>).id - (b.node as Node<Tensor>).id)
  return { result, outputs, recorded }
}

const idOf = (node: Node<Tensor> | null): number => node?.id ?? 0

const describe = (tensors: readonly Tensor[]): string =>
  tensors.map(({ shape, dtype }) => `${show(shape)} ${dtype}`).join(', ') || 'nothing'

const refusal = (expected: string, got: string): TapeError =>
  new TapeError(
    `checkpoint: expected fn to ${expected} when called again, got ${got}: it must compute the ` +
      'same every time',
  )

/** Throws a TapeError unless both calls returned the same tensors, to the bit. */
function requireRepeated(outputs: readonly Tensor[], again: readonly Tensor[]): void {
  if (outputs.length !== again.length || !outputs.every((y, i) => isAlike(y, again[i])))
    throw refusal(`give ${describe(outputs)}`, describe(again))
  const changed = again.find((y, i) => !sameBits(y, outputs[i]))
  if (changed !== undefined)
    throw refusal('give the same numbers', `others in ${describe([changed])}`)
}

/**
 * Connects the graph that was recorded again to the outside tensors of the first call. By now a
 * captured variable or an element of an array may hold another tensor: it must have the same
 * numbers. Throws a TapeError otherwise.
 */
function reconnect({ outputs, recorded }: Made, sources: readonly Tensor[]): void {
  const uses = outsideInputs(opsBehind(outputs, recorded), recorded)
  const first = sources.filter(({ node }) => node !== null)
  if (uses.length !== first.length)
    throw refusal(`use ${first.length} tensors that require a gradient`, String(uses.length))
  uses.forEach(({ node, i, input }, k) => {
    const source = first[k]
    if (input === source) return
    if (!isAlike(input, source) || !sameBits(input, source))
      throw refusal(`use the same ${describe([source])}`, `${describe([input])} with other numbers`)
    node.inputs = node.inputs.with(i, source)
    if (node.rule !== rule) return
    const inner = node.attrs as CheckpointCall
    inner.sources = inner.sources.map((t) => (t === input ? source : t))
  })
}

/** The attributes and constants of the ops that the outputs depend on. */
const constantsOf = ({ outputs, recorded }: Made): readonly string[] =>
  fingerprint(opsBehind(outputs, recorded), (node) =>
    node.rule === rule ? (node.attrs as CheckpointCall).constants : node.attrs,
  )

/**
 * Throws a TapeError unless the ops of both calls had the same constants: with other constants,
 * equal results may have other derivatives.
 */
function requireSameConstants(first: readonly string[], again: readonly string[]): void {
  if (again.length !== first.length)
    throw refusal(`record ${first.length} ops`, String(again.length))
  const at = first.findIndex((text, i) => text !== again[i])
  if (at < 0) return
  const [name, other] = [first[at], again[at]].map((text) => text.slice(0, text.indexOf('(')))
  throw name === other
    ? refusal(`compute ${name} with the same numbers`, 'others')
    : refusal(`record ${name}`, other)
}

const isAlike = (a: Tensor, b: Tensor): boolean =>
  sameShape(a.shape, b.shape) && a.dtype === b.dtype

function sameBits(a: Tensor, b: Tensor): boolean {
  const [x, y] = [a, b].map((t) => wordsOf(t.elements()))
  return x.every((word, i) => word === y[i])
}

const wordsOf = ({ buffer, byteOffset, byteLength, BYTES_PER_ELEMENT }: TypedArray) =>
  BYTES_PER_ELEMENT === 1
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : new Int32Array(buffer, byteOffset, byteLength / 4)

/**
 * A function of the same signature that saves no intermediate results for the backward pass, only
 * its inputs, the tensors it captures and its results. A backward pass that reaches the call runs
 * `fn` again and continues through the new graph. Gradients of every order are the same to the bit,
 * also those of captured parameters (Chen et al. 2016, "Training deep nets with sublinear memory
 * cost"). The second call draws the random numbers of the first, so that dropout drops the same
 * elements; afterwards the random streams are restored. `fn` may return tensors in arrays and
 * objects; checkpoints nest.
 *
 * `fn` must be synchronous, compute the same every time and change nothing in place. Tensors that
 * it computes but does not return are recycled when it ends, as by noGrad(). Gradients go to the
 * tensors of the first call: if a captured variable holds another one by then, its numbers must be
 * the same. Throws a ValueError unless `fn` is a function. A call throws a TapeError for an `fn`
 * that leaves its work for later; a pass throws one if the second call used or gave other numbers.
 *
 * ```ts
 * const block = checkpoint((x: Tensor) => x.exp().log1p().tanh())
 * const x = tensor([0, 1], { requiresGrad: true })
 * grad(block(x).sum(), x) // [0.32, 0.1839]
 * ```
 */
export function checkpoint<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
): (...args: Args) => R {
  requireFunction('checkpoint', 'a function', fn)
  return (...args) => {
    if (!recording) return requireSync('checkpoint', fn(...args))
    return scoped('checkpoint', () => {
      const since = now()
      const [{ result, outputs, recorded }, withStreams] = watchStreams(() =>
        run(() => fn(...args)),
      )
      const sourcesOf = (tensors: readonly Tensor[]): Tensor[] =>
        outsideInputs(opsBehind(tensors, recorded), recorded).map(({ input }) => input)
      const call: CheckpointCall = {
        outputs,
        sources: sourcesOf(outputs),
        constants: constantsOf({ outputs, recorded }),
        hooks: outputs.map(({ node }) => new Set(node?.hooks)),
        again() {
          const made = withRecording(true, () =>
            rewound(since, () => withStreams(() => run(() => fn(...args)))),
          )
          requireRepeated(outputs, made.outputs)
          reconnect(made, call.sources)
          requireSameConstants(call.constants, constantsOf(made))
          // The new results may replace the first ones. They must not be newer than tensors that
          // were computed from those.
          if (made.outputs.some(({ node }, i) => idOf(node) > idOf(outputs[i].node)))
            throw refusal('record as many ops', 'more')
          return made
        },
      }
      for (const leaf of call.sources) predate(leaf, since)
      // Collected before the first node changes, because an output may depend on another.
      const inputsOf = outputs.map((y) => {
        const ops: Nodes = new Set(opsBehind([y], recorded))
        const inner = outputs.filter((other) => other !== y && ops.has(other.node))
        return [...new Set([...inner, ...sourcesOf([y])])]
      })
      outputs.forEach((y, i) => {
        const hooks = y.node?.hooks ?? null
        y.node = new Node(rule as Rule<Tensor>, inputsOf[i], call, y)
        y.node.hooks = hooks
      })
      return result
    })
  }
}
