// Scopes free storages early: those of noGrad() and checkpoint(), and those of derivatives. They
// know storages, no tensors; graphs that were used up are lifetime.ts.

import { free } from '../../kernels/memory/heap.ts'
import type { Storage } from '../../kernels/memory/storage.ts'

const BY_SCOPE = (who: string): string =>
  `was made inside ${who}() and recycled at its end: return it from there, or keep it with ` +
  'detach() or clone()'
const BY_PASS =
  'was made inside a derivative and freed with it: return it from there, or keep it with ' +
  'detach() or clone()'
const BY_CLEARING = 'was a gradient and recycled by zeroGrad(): keep it with detach() or clone()'

/** The storages that were made in a scope, some to be freed at its end. */
interface Scope {
  readonly made: Storage[]
  readonly derivative: boolean
}

/** A node of the tape, of which a scope needs the age and the name. */
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
 * Notes a new storage in the scope that it was made in. Creations (`zeros`, `tensor`, …) belong to
 * a derivative's scope alone.
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
 * The copy by which a transpose is read belongs to the scope of the transpose, wherever it is read
 * first.
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
  const own: Scope = { made: [], derivative: false }
  scope = own
  let result: T | undefined
  try {
    result = fn()
    return result
  } finally {
    scope = outer
    const escaped = new Set(own.made.length === 0 ? [] : escaping(result))
    for (const storage of own.made) {
      if (escaped.has(storage)) noteMade(storage, false)
      else if (!storage.pinned && storage.refs === 0) free(storage, BY_SCOPE(who))
    }
  }
}

/** The scope of a derivative, and the state to return to at its end. */
interface Frame {
  readonly own: Scope
  scope: Scope | null
  differentiating: NodeLabel | null
}

/**
 * The scopes of a backward pass: one for each derivative, perhaps one within another. Temporaries
 * that the pass does not hold when their derivative ends are freed.
 */
export class DerivativeScopes {
  readonly #temporary: boolean
  /** Those that are open, and behind them used ones that may be opened again. */
  readonly #frames: Frame[] = []
  #open = 0

  /** In a recorded pass (not `temporary`) new storages belong to the scope of checkpoint(). */
  constructor(temporary: boolean) {
    this.#temporary = temporary
  }

  begin(node: NodeLabel | null): void {
    this.#frames[this.#open] ??= { own: { made: [], derivative: true }, scope, differentiating }
    const frame = this.#frames[this.#open++]
    frame.scope = scope
    frame.differentiating = differentiating
    depth++
    scope = this.#temporary ? frame.own : scope?.derivative === false ? scope : null
    differentiating = node
  }

  end(): void {
    const frame = this.#frames[--this.#open]
    depth--
    scope = frame.scope
    differentiating = frame.differentiating
    const { made } = frame.own
    for (let storage = made.pop(); storage !== undefined; storage = made.pop())
      if (storage.refs === 0 && !storage.pinned && storage.freed === null) free(storage, BY_PASS)
  }
}

/** A backward pass holds a cotangent in one more place. */
export function hold(storage: Storage): void {
  storage.refs++
  // A cotangent belongs to the pass, whatever it was copied from.
  if (storage.temporary) storage.copied = false
}

/** A backward pass holds a cotangent in one place less. */
export function release(storage: Storage): void {
  if (--storage.refs === 0 && storage.temporary && !storage.pinned) discard(storage)
}

/** A result leaves its backward pass: it belongs to the caller, or to the caller's scope. */
export function transferOwnership(storage: Storage): void {
  storage.refs = 0
  storage.temporary = false
  noteMade(storage, false)
}

/** Frees a gradient's numbers. */
export function freeGradient(storage: Storage): void {
  if (!storage.pinned) free(storage, BY_CLEARING)
}

/** Frees a storage that nobody else holds, at once. */
export function discard(storage: Storage): void {
  free(storage, BY_PASS)
}
