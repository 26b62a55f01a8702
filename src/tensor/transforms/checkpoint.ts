// Recompute instead of store: the graph of a function's call is dropped, and recorded once more
// when a backward pass comes to it. The pass itself is autograd's.

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
import { watchStreams } from '../ops/random.ts'
import { fingerprint } from './fingerprint.ts'

/** A call whose graph was dropped. */
interface Call {
  /** What fn made, the oldest first. */
  readonly outputs: readonly Tensor[]
  /** What requires a gradient and was used by ops of the call, at each of its `crossings`. */
  sources: readonly Tensor[]
  /** What else the ops of the call computed with. */
  readonly constants: readonly string[]
  /** The hooks that fn itself registered on each output, and registers anew when it runs again. */
  readonly hooks: readonly ReadonlySet<unknown>[]
  /** Runs fn once more, recorded. */
  again(): Made
}

/** The tensors that a call made, and the nodes that it recorded. */
type Made = readonly [outputs: readonly Tensor[], recorded: Nodes]

const rule: Rule<Tensor, Call> = {
  name: 'checkpoint',
  recompute({ outputs, hooks, again }, resume) {
    const passOn = (): readonly Tensor[] => {
      const [values, recorded] = again()
      values.forEach(({ node: fresh }, i) => {
        const later = [...(outputs[i].node?.hooks ?? [])].filter((hook) => !hooks[i].has(hook))
        if (fresh !== null && later.length > 0)
          fresh.hooks = new Set([...(fresh.hooks ?? []), ...later])
      })
      resume(
        recorded,
        outputs.map((y, i) => [y.node as Node<Tensor>, values[i]]),
      )
      return values
    }
    if (!recording) return void scoped('checkpoint', () => void passOn())
    // The pass's own graph is built upon the one that was recorded again: it stays, in the place of
    // the one that was dropped.
    passOn().forEach(({ node }, i) => {
      outputs[i].node = node
    })
  },
}

/** The ops among `recorded` behind tensors, oldest first. */
function opsBehind(tensors: readonly Tensor[], recorded: Nodes): Node<Tensor>[] {
  const nodes = new Set<Node<Tensor>>()
  const note = ({ node }: Tensor): void => {
    if (isOpAmong(recorded, node)) nodes.add(node)
  }
  tensors.forEach(note)
  for (const node of nodes) node.inputs.forEach(note)
  return [...nodes].sort((a, b) => a.id - b.id)
}

/** Leaves are nobody's result, also those that fn makes when it is first called. */
const isOpAmong = (recorded: Nodes, node: Node<Tensor> | null): node is Node<Tensor> =>
  node !== null && node.rule !== null && recorded.has(node)

/**
 * Every place at which ops take a tensor of the graph that they stand on, in the order of the ops.
 */
const crossings = (ops: readonly Node<Tensor>[], recorded: Nodes) =>
  ops.flatMap((node) =>
    node.inputs.flatMap((input, i) =>
      input.node === null || isOpAmong(recorded, input.node) ? [] : [{ node, i, input }],
    ),
  )

/**
 * A leaf that fn made is as old as the call: when fn runs again, it may find it there and use it at
 * once.
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
 * Runs `fn`. What it made are the tensors in its result that its ops recorded, except those whose
 * graph was walked meanwhile: no pass may enter that.
 */
function run<R>(fn: () => R): [result: R, made: Made] {
  const [result, recorded] = noting(fn)
  const outputs = tensorsIn(result)
    .filter(({ node }) => isOpAmong(recorded, node))
    .filter((y) => !opsBehind([y], recorded).some((node) => node.consumed))
    .sort((a, b) => (a.node as Node<Tensor>).id - (b.node as Node<Tensor>).id)
  return [result, [outputs, recorded]]
}

const idOf = (node: Node<Tensor> | null): number => node?.id ?? 0

const describe = (tensors: readonly Tensor[]): string =>
  tensors.map(({ shape, dtype }) => `${show(shape)} ${dtype}`).join(', ') || 'nothing'

const refusal = (expected: string, got: string): TapeError =>
  new TapeError(
    `checkpoint: expected fn to ${expected} when called again, got ${got}: it must compute the ` +
      'same every time',
  )

/** Throws a TapeError unless both calls gave the same tensors, to the bit. */
function requireRepeated(outputs: readonly Tensor[], again: readonly Tensor[]): void {
  if (outputs.length !== again.length || !outputs.every((y, i) => isAlike(y, again[i])))
    throw refusal(`give ${describe(outputs)}`, describe(again))
  const changed = again.find((y, i) => !sameBits(y, outputs[i]))
  if (changed !== undefined)
    throw refusal('give the same numbers', `others in ${describe([changed])}`)
}

/**
 * Puts the graph that was recorded again upon the tensors of the first call, whatever stands for
 * them now: a captured variable or an element of an array may hold another tensor of equal numbers.
 * Throws a TapeError where there is none such.
 */
function reconnect([again, recorded]: Made, sources: readonly Tensor[]): void {
  const met = crossings(opsBehind(again, recorded), recorded)
  const first = sources.filter(({ node }) => node !== null)
  if (met.length !== first.length)
    throw refusal(`use ${first.length} tensors that require a gradient`, String(met.length))
  met.forEach(({ node, i, input }, k) => {
    const source = first[k]
    if (input === source) return
    if (!isAlike(input, source) || !sameBits(input, source))
      throw refusal(`use the same ${describe([source])}`, `${describe([input])} with other numbers`)
    node.inputs = node.inputs.with(i, source)
    if (node.rule !== rule) return
    const inner = node.attrs as Call
    inner.sources = inner.sources.map((t) => (t === input ? source : t))
  })
}

/** What the ops behind the tensors of a call computed with besides what requires a gradient. */
const constantsOf = ([outputs, recorded]: Made): readonly string[] =>
  fingerprint(opsBehind(outputs, recorded), ({ rule: of, attrs }) =>
    of === rule ? (attrs as Call).constants : attrs,
  )

/**
 * Throws a TapeError unless the ops of both calls computed with the same constants: equal results
 * of other ones may have other derivatives.
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
 * A function of the same signature that keeps no intermediate results for the backward pass: only
 * what it is given, the tensors it captures and what it returns. A pass that comes to it calls `fn`
 * once more and goes on through what that records: gradients, those of captured parameters among
 * them, are the same to the bit, and of every order (Chen et al. 2016, "Training deep nets with
 * sublinear memory cost"). The random streams stand as they did for the first call, and afterwards
 * as before, so that dropout drops the same elements. `fn` may return tensors in arrays and
 * objects; checkpoints nest.
 *
 * `fn` must be synchronous, compute the same every time and change nothing in place. What it made
 * and did not return is recycled when it ends, as by noGrad(). Gradients go to the tensors of the
 * first call: where a captured variable holds another one by then, its numbers must be the same.
 * Throws a ValueError unless `fn` is a function; a call throws a TapeError for one that leaves its
 * work for later, and so does a pass where the second call used or gave other numbers.
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
      const [[result, [outputs, recorded]], withStreams] = watchStreams(() =>
        run(() => fn(...args)),
      )
      const sourcesOf = (tensors: readonly Tensor[]): Tensor[] =>
        crossings(opsBehind(tensors, recorded), recorded).map(({ input }) => input)
      const call: Call = {
        outputs,
        sources: sourcesOf(outputs),
        constants: constantsOf([outputs, recorded]),
        hooks: outputs.map(({ node }) => new Set(node?.hooks)),
        again() {
          const once = (): [R, Made] =>
            rewound(since, () => withStreams(() => run(() => fn(...args))))
          const [, made] = withRecording(true, once)
          requireRepeated(outputs, made[0])
          reconnect(made, call.sources)
          requireSameConstants(call.constants, constantsOf(made))
          // The fresh results may take the place of the first ones, and must not be newer than what
          // was computed from those.
          if (made[0].some(({ node }, i) => idOf(node) > idOf(outputs[i].node)))
            throw refusal('record as many ops', 'more')
          return made
        },
      }
      for (const leaf of call.sources) predate(leaf, since)
      // What is behind each is found before the first node changes: an output may lie behind
      // another.
      const behind = outputs.map((y) => {
        const ops: Nodes = new Set(opsBehind([y], recorded))
        const inner = outputs.filter((other) => other !== y && ops.has(other.node))
        return [...new Set([...inner, ...sourcesOf([y])])]
      })
      outputs.forEach((y, i) => {
        const hooks = y.node?.hooks ?? null
        y.node = new Node(rule as Rule<Tensor>, behind[i], call, y)
        y.node.hooks = hooks
      })
      return result
    })
  }
}
