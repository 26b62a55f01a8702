// The lifetimes of tensors: consumed graphs free their results when the next recording begins, and
// scopes keep the tensors that their functions return. scopes.ts knows storages alone.

import { Node, type Rule } from '../../autograd/index.ts'
import { free } from '../../kernels/memory/heap.ts'
import { Storage } from '../../kernels/memory/storage.ts'
import { tagOf } from './dtype.ts'
import { requireSync } from './require.ts'
import { inScope, insideDerivative } from './scopes.ts'
import type { Tensor } from './tensor.ts'

/** Results of up to this many bytes (a loss) are not recycled with their graph. */
const SMALL = 64

const BY_GRAPH =
  'was recycled when the next recording began after backward(): read it before, keep it with ' +
  'detach() or clone(), or pass { retainGraph: true }'

/** Results of consumed graphs, to be freed when the next recording begins. */
let pendingFree: Storage[] = []

/**
 * Runs `fn` and frees the op results made in it, except those in its result, pinned ones and those
 * that a backward pass holds. Throws a TapeError when `fn` returns a Promise.
 */
export function scoped<T>(who: string, fn: () => T): T {
  return inScope(
    who,
    () => requireSync(who, fn()),
    (result) => tensorsIn(result).map((t) => t.storage),
  )
}

/**
 * The tensors in a value, in arrays and objects to any depth: each once, always in the same order,
 * without the tensors behind them on the tape.
 */
export function tensorsIn(value: unknown): Tensor[] {
  const seen = new Set<unknown>()
  const found: Tensor[] = []
  // A stack, the next part last: linked lists may be too long for a recursion.
  const open = [value]
  while (open.length > 0) {
    const part = open.pop()
    if (!isObject(part) || ArrayBuffer.isView(part) || seen.has(part)) continue
    seen.add(part)
    if (tryRead(() => (part as Tensor).storage) instanceof Storage) found.push(part as Tensor)
    else {
      const items = tryRead(() => contentsOf(part)) ?? []
      for (let i = items.length - 1; i >= 0; i--) if (isObject(items[i])) open.push(items[i])
    }
  }
  return found
}

/**
 * The elements of an array, Map or Set; for another object its fields, without those whose getter
 * throws.
 */
function contentsOf(part: object): readonly unknown[] {
  if (Array.isArray(part)) return part
  if (['Map', 'Set'].includes(tagOf(part))) return [...(part as Iterable<unknown>)]
  return Object.keys(part).map((name) => tryRead(() => (part as Record<string, unknown>)[name]))
}

const isObject = (x: unknown): x is object => typeof x === 'object' && x !== null

/** Reads from a caller's object. Where a getter or a Proxy throws, there is no tensor to find. */
function tryRead<T>(from: () => T): T | undefined {
  try {
    return from()
  } catch {
    return undefined
  }
}

/** Frees scratch that an op saved for backward together with the graph of its output. */
export function freeWithGraph(output: Tensor, saved: readonly Tensor[]): void {
  output.storage.saved = saved.map((t) => t.storage)
}

/**
 * Notes the results of consumed nodes, to be freed when the next recording begins. The storage of a
 * view belongs to another node.
 */
export function consume(nodes: readonly Node<Tensor>[]): void {
  for (const { output, inputs } of nodes) {
    const { storage } = output
    if (storage.bytes > SMALL && !inputs.some((input) => input.storage === storage))
      pendingFree.push(storage)
    if (output.materialized !== null && storage.bytes > SMALL)
      pendingFree.push(output.materialized.storage)
  }
}

/**
 * Nodes recorded on results of a consumed graph, or on each other: ops that read these results
 * begin no new recording.
 */
const continuing = new WeakSet<Node<Tensor>>()

/**
 * Makes the node of an op. Unless it continues a consumed graph, whose results may still be read, a
 * new recording begins: those results are freed first.
 */
export function recordNode(
  rule: Rule<Tensor>,
  inputs: readonly Tensor[],
  attrs: unknown,
  out: Tensor,
): Node<Tensor> {
  // Ops of a pass, its hooks and checkpoints begin no recording either: the pass may still read
  // those results.
  if (pendingFree.length === 0 || insideDerivative()) return new Node(rule, inputs, attrs, out)
  const continues = inputs.some(
    ({ node }) => node !== null && (node.consumed || continuing.has(node)),
  )
  if (!continues) recycle()
  const node = new Node(rule, inputs, attrs, out)
  if (continues) continuing.add(node)
  return node
}

/** Runs `fn`, whose ops begin no recording: results of consumed graphs stay as they are. */
export function withoutRecycling<T>(fn: () => T): T {
  const outer = pendingFree
  pendingFree = []
  try {
    return fn()
  } finally {
    pendingFree = outer.concat(pendingFree)
  }
}

function recycle(): void {
  for (const storage of pendingFree) {
    for (const saved of storage.saved) if (saved.freed === null) free(saved, BY_GRAPH)
    if (!storage.pinned && storage.freed === null) free(storage, BY_GRAPH)
  }
  pendingFree = []
}
