// When numbers are freed: the scopes of noGrad(), of checkpoint() and of derivatives, and the
// graphs that backward() has used up. Where they are kept is the heap's business.

import { Node, type Rule } from '../../autograd/index.ts'
import { free } from '../../kernels/memory/heap.ts'
import { Storage } from '../../kernels/memory/storage.ts'
import { kindOf } from './dtype.ts'
import { requireSync } from './require.ts'
import type { Tensor } from './tensor.ts'

/** Results up to this many bytes (a loss) are not recycled with their graph. */
const SMALL = 64

const BY_GRAPH =
  'was recycled when the next recording began after backward(): read it before, keep it with ' +
  'detach() or clone(), or pass { retainGraph: true }'
const BY_SCOPE = (who: string): string =>
  `was made inside ${who}() and recycled at its end: return it from there, or keep it with ` +
  'detach() or clone()'
const BY_WALK =
  'was made inside a derivative and freed with it: return it from there, or keep it with ' +
  'detach() or clone()'
const BY_CLEARING = 'was a gradient and recycled by zeroGrad(): keep it with detach() or clone()'

/** What an op's results are noted in while they are only needed for a while. */
interface Scope {
  readonly made: Storage[]
  readonly derivative: boolean
}

let scope: Scope | null = null
/** Results of consumed graphs, to be freed when the next recording begins. */
let pendingFree: Storage[] = []

/** How many brackets of walks are open. */
let brackets = 0

/** The node whose derivative is being computed. */
export let differentiating: Node<Tensor> | null = null

/**
 * Notes a new storage with the scope it was made in. Creations (`zeros`, `tensor`, …) belong to a
 * derivative's scope alone.
 */
export function noteMade(storage: Storage, creation: boolean): void {
  if (scope === null || (creation && !scope.derivative)) return
  storage.temporary = scope.derivative
  scope.made.push(storage)
}

/** The scopes in which transposes were made. */
const transposedIn = new WeakMap<Tensor, Scope>()

/** Notes that a transpose is made here. */
export function noteTransposed(tensor: Tensor): void {
  if (scope !== null) transposedIn.set(tensor, scope)
}

/**
 * A transpose's numbers, materialized in the order of its shape, go with the scope it was made
 * in, whoever asked for them.
 */
export function noteMaterialized(tensor: Tensor, storage: Storage): void {
  const origin = transposedIn.get(tensor)
  if (origin === undefined) return
  storage.temporary = origin.derivative
  origin.made.push(storage)
}

/** Runs `fn` outside every scope: what it makes stays. */
export function unscoped<T>(fn: () => T): T {
  const before = scope
  scope = null
  try {
    return fn()
  } finally {
    scope = before
  }
}

/**
 * Runs `fn` and recycles the op results made in it, except those in what it returns, those that are
 * kept and those that a walk holds. Throws a TapeError when it returns a Promise.
 */
export function scoped<T>(who: string, fn: () => T): T {
  const outer = scope
  const own: Scope = { made: [], derivative: false }
  scope = own
  let result: T | undefined
  try {
    result = requireSync(who, fn())
    return result
  } finally {
    scope = outer
    const escaping = new Set(own.made.length === 0 ? [] : tensorsIn(result).map((t) => t.storage))
    for (const storage of own.made) {
      if (escaping.has(storage)) noteMade(storage, false)
      else if (!storage.pinned && storage.refs === 0) free(storage, BY_SCOPE(who))
    }
  }
}

/**
 * The tensors in a value, in arrays and objects to any depth, each once and always in the same
 * order. What lies behind them on the tape is not looked at.
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
  if (['Map', 'Set'].includes(kindOf(part))) return [...(part as Iterable<unknown>)]
  return Object.keys(part).map((name) => read(() => (part as Record<string, unknown>)[name]))
}

const isObject = (x: unknown): x is object => typeof x === 'object' && x !== null

/**
 * What a caller's object answers. Where it throws (a getter, a Proxy), nobody can get a tensor out
 * of it that way, either.
 */
function read<T>(from: () => T): T | undefined {
  try {
    return from()
  } catch {
    return undefined
  }
}

/** A derivative being computed: its own scope, and what was before it. */
interface Bracket {
  readonly own: Scope
  scope: Scope | null
  differentiating: Node<Tensor> | null
}

/**
 * The derivatives that a walk computes, each bracketed, one perhaps within another: temporaries
 * that the walk does not hold at the end of their bracket are freed.
 */
export class Derivatives {
  readonly #temporary: boolean
  /** Those that are open, and behind them those that were and may be opened again. */
  readonly #brackets: Bracket[] = []
  #open = 0

  /** What a recorded walk makes (not `temporary`) goes with checkpoint()'s scope. */
  constructor(temporary: boolean) {
    this.#temporary = temporary
  }

  begin(node: Node<Tensor> | null): void {
    this.#brackets[this.#open] ??= { own: { made: [], derivative: true }, scope, differentiating }
    const bracket = this.#brackets[this.#open++]
    bracket.scope = scope
    bracket.differentiating = differentiating
    brackets++
    scope = this.#temporary ? bracket.own : scope?.derivative === false ? scope : null
    differentiating = node
  }

  end(): void {
    const bracket = this.#brackets[--this.#open]
    brackets--
    scope = bracket.scope
    differentiating = bracket.differentiating
    const { made } = bracket.own
    for (let storage = made.pop(); storage !== undefined; storage = made.pop())
      if (storage.refs === 0 && !storage.pinned && storage.freed === null) free(storage, BY_WALK)
  }
}

export function hold(storage: Storage): void {
  storage.refs++
  // A cotangent is the walk's own, whatever it was copied from.
  if (storage.temporary) storage.copied = false
}

export function release(storage: Storage): void {
  if (--storage.refs === 0 && storage.temporary && !storage.pinned) free(storage, BY_WALK)
}

/** A result of a walk leaves it: it now belongs to whoever asked, or to the scope they stand in. */
export function transferOwnership(storage: Storage): void {
  storage.refs = 0
  storage.temporary = false
  noteMade(storage, false)
}

/** Frees a gradient's numbers. */
export function freeGradient(storage: Storage): void {
  if (!storage.pinned) free(storage, BY_CLEARING)
}

/** What an op keeps for its derivative lives as long as its output's graph. */
export function attach(output: Tensor, saved: readonly Tensor[]): void {
  output.storage.saved = saved.map((t) => t.storage)
}

/** Frees what nobody else holds, at once. */
export function discard(tensor: Tensor): void {
  free(tensor.storage, BY_WALK)
}

/**
 * These nodes were walked for the last time: what they computed is recycled when the next recording
 * begins. What a view shows is another node's.
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
 * Nodes recorded upon a consumed graph, and upon each other: looking at its results is no new
 * recording.
 */
const continuing = new WeakSet<Node<Tensor>>()

/**
 * Notes an op on the tape. Where it does not continue a consumed graph, whose results are still
 * there to be read, those are recycled first.
 */
export function recorded(
  rule: Rule<Tensor>,
  inputs: readonly Tensor[],
  attrs: unknown,
  out: Tensor,
): Node<Tensor> {
  // What is recorded by a walk, its hooks and checkpoints is no new recording either: the walk may
  // still read those results.
  if (pendingFree.length === 0 || brackets > 0) return new Node(rule, inputs, attrs, out)
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
    for (const companion of storage.saved) if (companion.freed === null) free(companion, BY_GRAPH)
    if (!storage.pinned && storage.freed === null) free(storage, BY_GRAPH)
  }
  pendingFree = []
}
