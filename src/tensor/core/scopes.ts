// Scopes free storages early: those of noGrad(), checkpoint() and derivatives. They know storages,
// no tensors; lifetime.ts frees consumed graphs.

import { free } from '../../kernels/memory/heap.ts'
import type { Storage } from '../../kernels/memory/storage.ts'

const BY_SCOPE = (who: string): string =>
  `was made inside ${who}() and recycled at its end: return it from there, or keep it with ` +
  'detach() or clone()'
const BY_PASS =
  'was made inside a derivative and freed with it: return it from there, or keep it with ' +
  'detach() or clone()'
const BY_CLEARING = 'was a gradient and recycled by zeroGrad(): keep it with detach() or clone()'

/** The storages made in a scope; those that do not escape are freed at its end. */
interface Scope {
  readonly made: Storage[]
  readonly derivative: boolean
}

/** A node of the tape, reduced to its age and its name. */
interface NodeLabel {
  readonly id: number
  readonly rule: { readonly name: string } | null
}

let scope: Scope | null = null

/** The node whose derivative is being computed. */
export let differentiating: NodeLabel | null = null

/** How many derivatives are being computed, one within another. */
let depth = 0

/** Whether a derivative or a hook is running. */
export const insideDerivative = (): boolean => depth > 0

/**
 * Notes a new storage in the present scope. Creations (`zeros`, `tensor`, …) belong only to the
 * scope of a derivative.
 */
export function noteMade(storage: Storage, creation: boolean): void {
  if (scope === null || (creation && !scope.derivative)) return
  storage.temporary = scope.derivative
  scope.made.push(storage)
}

/** The scopes in which transposes were made. */
const transposedIn = new WeakMap<object, Scope>()

/** Notes that a transpose was made in the present scope. */
export function noteTransposed(transpose: object): void {
  if (scope !== null) transposedIn.set(transpose, scope)
}

/**
 * Adds the copy in order of a transpose to the transpose's own scope, wherever it is read first.
 */
export function noteMaterialized(transpose: object, copy: Storage): void {
  const origin = transposedIn.get(transpose)
  if (origin === undefined) return
  copy.temporary = origin.derivative
  origin.made.push(copy)
}

/** Runs `fn` outside every scope: the storages that it makes stay. */
export function unscoped<T>(fn: () => T): T {
  const before = scope
  scope = null
  try {
    return fn()
  } finally {
    scope = before
  }
}

/** Runs `fn` as no part of a derivative: what it reads is nothing that an op has saved. */
export function unguarded<T>(fn: () => T): T {
  const before = differentiating
  differentiating = null
  try {
    return fn()
  } finally {
    differentiating = before
  }
}

/**
 * Runs `fn` in a scope of `who`, and frees the storages made in it, except those that escape with
 * its result, are pinned, or are held by a backward pass.
 */
export function inScope<T>(
  who: string,
  fn: () => T,
  escaping: (result: T | undefined) => readonly Storage[],
): T {
  const outer = scope
  const inner: Scope = { made: [], derivative: false }
  scope = inner
  let result: T | undefined
  try {
    result = fn()
    return result
  } finally {
    scope = outer
    const escaped = new Set(inner.made.length === 0 ? [] : escaping(result))
    for (const storage of inner.made) {
      if (escaped.has(storage)) noteMade(storage, false)
      else if (!storage.pinned && storage.refs === 0) free(storage, BY_SCOPE(who))
    }
  }
}

/** A derivative's scope, and the state to restore at its end. */
class Frame {
  readonly scope: Scope = { made: [], derivative: true }
  outerScope: Scope | null = null
  outerNode: NodeLabel | null = null
}

/**
 * The scopes of a backward pass: one for each derivative; they may nest. At its end a scope frees
 * the temporaries that the pass does not hold.
 */
export class DerivativeScopes {
  readonly #temporary: boolean
  /** The open frames, and behind them closed ones for reuse. */
  readonly #frames: Frame[] = []
  #open = 0

  /** In a recorded pass (not `temporary`) new storages belong to an enclosing function's scope. */
  constructor(temporary: boolean) {
    this.#temporary = temporary
  }

  begin(node: NodeLabel | null): void {
    this.#frames[this.#open] ??= new Frame()
    const frame = this.#frames[this.#open++]
    frame.outerScope = scope
    frame.outerNode = differentiating
    depth++
    const enclosing = scope?.derivative === false ? scope : null
    scope = this.#temporary ? frame.scope : enclosing
    differentiating = node
  }

  end(): void {
    const frame = this.#frames[--this.#open]
    depth--
    scope = frame.outerScope
    differentiating = frame.outerNode
    const { made } = frame.scope
    for (let storage = made.pop(); storage !== undefined; storage = made.pop())
      if (storage.refs === 0 && !storage.pinned && storage.freed === null) free(storage, BY_PASS)
  }
}

/** A backward pass holds a cotangent in one more place. */
export function hold(storage: Storage): void {
  storage.refs++
  // A cotangent belongs to the pass, also where it is a copy.
  if (storage.temporary) storage.copied = false
}

/** A backward pass holds a cotangent in one place less. */
export function release(storage: Storage): void {
  if (--storage.refs === 0 && storage.temporary && !storage.pinned) discard(storage)
}

/** Moves a result from its backward pass to the caller, or to the caller's scope. */
export function transferOwnership(storage: Storage): void {
  storage.refs = 0
  storage.temporary = false
  noteMade(storage, false)
}

/** Frees a gradient's numbers. */
export function freeGradient(storage: Storage): void {
  if (!storage.pinned) free(storage, BY_CLEARING)
}

/** Frees a storage at once; nothing else may hold it. */
export function discard(storage: Storage): void {
  free(storage, BY_PASS)
}
