// What the mirror knows of memory: numbers that are never overwritten, and notes of what tapegrad
// may have recycled or may refuse. It frees nothing.

/** Why tapegrad may refuse where the mirror, which keeps everything, could go on. */
export type Doubt = 'gone' | 'changed' | 'walked' | 'repeated'

/** A refusal that both sides share; `kind` says why. */
export class Refusal extends Error {
  readonly kind: string
  constructor(kind: string) {
    super(kind)
    this.kind = kind
  }
}

/** A program that says nothing: at a kink, or with numbers too large to be compared. */
export class Pointless extends Error {}

let clock = 0

/**
 * A tensor's numbers. A change makes a new array, so whoever noted the old one still has the old
 * numbers.
 */
export class Storage {
  data: readonly number[]
  /** The clock when there came to be numbers, and when they were last changed in place. */
  readonly madeAt = clock
  changedAt = 0
  /** The clock when a tensor of these was last made to require a gradient. */
  requiredAt = 0
  /** tapegrad keeps these for as long as a tensor has them. */
  kept = false
  /** What these may be a view of. */
  from: Storage | null = null
  #gone = false
  /**
   * What a selection had to copy: written into, the tensor that it was selected from would not
   * change.
   */
  copied = false
  /** Cut from something larger, which is recycled as a whole. */
  piece = false

  constructor(data: readonly number[]) {
    this.data = data
  }

  /** tapegrad may have recycled these. */
  get gone(): boolean {
    return this.#gone || (this.from?.gone === true && !this.kept)
  }
  set gone(gone: boolean) {
    this.#gone = gone
  }
}

/** Results in up to this many numbers are not recycled with their graph. */
const SMALL = 8

interface Scope {
  readonly made: Storage[]
  readonly derivative: boolean
}

let scope: Scope | null = null
let waiting: Storage[] = []
let granted: Doubt | null = null

export let recording = true

/** What a checkpoint being recorded has read: a walk will read it once more. */
let reads: Storage[] | null = null

export const readSoFar = (): readonly Storage[] | null => reads

/** Notes every storage that is read in `fn`. */
export function noticing<T>(fn: () => T): T {
  const before = reads
  reads ??= []
  try {
    return fn()
  } finally {
    reads = before
  }
}

/** An op takes a storage, perhaps to make a view of it. */
export function noteUse(storage: Storage): void {
  reads?.push(storage)
}

/** The numbers of a storage are read. */
export function noteRead(storage: Storage): void {
  noteUse(storage)
  if (storage.gone) doubt('gone')
}

/** Everything as before the first program. */
export function reset(): void {
  clock = 0
  scope = null
  waiting = []
  granted = null
  reads = null
  recording = true
}

export const now = (): number => clock
export const tick = (): number => ++clock

/** From now on doubts of this kind are refusals: tapegrad has refused for it. */
export function grant(doubt: Doubt | null): void {
  granted = doubt
}

/** Here tapegrad may refuse, or have the right numbers. */
export function doubt(kind: Doubt): void {
  if (granted === kind) throw new Refusal(kind)
}

function swapped<T>(on: boolean, within: Scope | null, fn: () => T): T {
  const before = { recording, scope }
  recording = on
  scope = within
  try {
    return fn()
  } finally {
    ;({ recording, scope } = before)
  }
}

export const withRecording = <T>(on: boolean, fn: () => T): T => swapped(on, scope, fn)
export const unscoped = <T>(on: boolean, fn: () => T): T => swapped(on, null, fn)

/** Runs `fn`; what ops made in it, and what it does not return, may be gone afterwards. */
export function scoped<T>(
  on: boolean,
  fn: () => T,
  storagesIn: (result: T) => Storage[],
  derivative = false,
): T {
  const own: Scope = { made: [], derivative }
  let escaping: Storage[] = []
  try {
    const result = swapped(on, own, fn)
    escaping = storagesIn(result)
    return result
  } finally {
    for (const storage of own.made) {
      if (!escaping.includes(storage)) storage.gone ||= !storage.kept
      else if (!derivative) noteMade(storage, false)
    }
  }
}

/**
 * Notes a new storage with the scope it was made in; creations belong to a derivative's scope
 * alone.
 */
export function noteMade(storage: Storage, creation: boolean): void {
  if (scope !== null && (!creation || scope.derivative)) scope.made.push(storage)
}

/** These results of ops may be recycled when the next recording begins. */
export function consumeAll(storages: readonly Storage[]): void {
  waiting.push(...storages.filter((storage) => storage.piece || storage.data.length > SMALL))
}

export function beginRecording(): void {
  for (const storage of waiting) storage.gone ||= !storage.kept
  waiting = []
}

/** Runs `fn`, whose recordings do not count as such. */
export function unnoticed<T>(fn: () => T): T {
  const before = waiting
  waiting = []
  try {
    return fn()
  } finally {
    waiting = before
  }
}
