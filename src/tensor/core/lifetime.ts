// Graphs that a backward pass has used up free their results when the next recording begins; scopes
// of tensors keep what their functions return. Storages alone are scopes.ts.

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
 * Runs `fn` and recycles the op results made in it, except those in its result, pinned ones and
 * those that a backward pass holds. Throws a TapeError when it returns a Promise.
 */
export function scoped<T>(who: string, fn: () => T): T {
  return inScope(
    who,
    () => requireSync(who, fn()),
    (result) => tensorsIn(result).map((t) => t.storage),
  )
}

/**
 * The tensors in a value, in arrays and objects to any depth, each once and always in the same
 * order. The tensors behind them on the tape are not looked at.
 */
export function tensorsIn(value: unknown): Tensor[] {
  const seen = new Set<unknown>()
  const found: Tensor[] = []
  // The next one last: a loop, since lists may be linked, and long.
  const open = [value]
  while (open.length > 0) {
    const part = open.pop()
    if (!isObject(part) || ArrayBuffer.isView(part) || seen.has(part)) continue
    seen.add(part)
    if (read(() => (part as Tensor).storage) instanceof Storage) found.push(part as Tensor)
    else {
      const items = read(() => contentsOf(part)) ?? []
      for (let i = items.length - 1; i >= 0; i--) if (isObject(items[i])) open.push(items[i])
    }
  }
  return found
}

/**
 * The elements of a list, map or set; of another object the fields, where a getter that throws
 * gives none.
 */
function contentsOf(part: object): readonly unknown[] {
  if (Array.isArray(part)) return part
  if (['Map', 'Set'].includes(tagOf(part))) return [...(part as Iterable<unknown>)]
  return Object.keys(part).map((name) => read(() => (part as Record<string, unknown>)[name]))
}

const isObject = (x: unknown): x is object => typeof x === 'object' && x !== null

/**
 * Reads from a caller's object. Where it throws (a getter, a Proxy), nobody can get a tensor out of
 * it that way, either.
 */
function read<T>(from: () => T): T | undefined {
  try {
    return from()
  } catch {
    return undefined
  }
}

/** Scratch that an op saved for its derivative lives as long as the graph of its output. */
export function freeWithGraph(output: Tensor, saved: readonly Tensor[]): void {
  output.storage.saved = saved.map((t) => t.storage)
}

/**
 * Notes that these nodes were used up: their results are recycled when the next recording begins. A
 * view's storage belongs to another node.
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
 * Nodes recorded upon a consumed graph, and upon each other: reading its results by ops is no new
 * recording.
 */
const continuing = new WeakSet<Node<Tensor>>()

/**
 * Notes an op on the tape. Where it does not continue a consumed graph, whose results are still
 * there to be read, those are recycled first.
 */
export function recordNode(
  rule: Rule<Tensor>,
  inputs: readonly Tensor[],
  attrs: unknown,
  out: Tensor,
): Node<Tensor> {
  // Ops recorded by a pass, its hooks and checkpoints are no new recording either: the pass may
  // still read those results.
  if (pendingFree.length === 0 || insideDerivative()) return new Node(rule, inputs, attrs, out)
  const continues = inputs.some(
    ({ node }) => node !== null && (node.consumed || continuing.has(node)),
  )
  if (!continues) recycle()
  const node = new Node(rule, inputs, attrs, out)
  if (continues) continuing.add(node)
  return node
}

function recycle(): void {
  for (const storage of pendingFree) {
    for (const saved of storage.saved) if (saved.freed === null) free(saved, BY_GRAPH)
    if (!storage.pinned && storage.freed === null) free(storage, BY_GRAPH)
  }
  pendingFree = []
}
