// Limits on callers' code in an op or a backward pass: a forward makes no tensors, so that its
// numbers stay in place, and hooks do not call each other without end.

import { TapeError } from './errors.ts'

/** The op whose forward is running. */
export let runningForward: string | null = null
/** The number of its call, a new one for every forward; 0 where none is running. */
export let forwardCall = 0
let forwards = 0

/** Runs a forward, which may be a user's. */
export function runForward(op: string, forward: () => void): void {
  runningForward = op
  forwardCall = ++forwards
  try {
    forward()
  } finally {
    runningForward = null
    forwardCall = 0
  }
}

/** How many hooks may run one inside the other; more are taken for an endless recursion. */
const MOST_HOOKS = 100
let hooks = 0

/** Runs a hook. Throws a TapeError where hooks call each other without end. */
export function runHook<T>(hook: () => T): T {
  if (hooks === MOST_HOOKS)
    throw new TapeError(
      `registerHook: expected at most ${MOST_HOOKS} hooks inside each other, got one more: a ` +
        'pass that a hook starts calls the hooks of all its nodes, this one too: remove it ' +
        'first, or start from detach()',
    )
  hooks++
  try {
    return hook()
  } finally {
    hooks--
  }
}

/** Throws a TapeError unless this very forward is running: numbers may have moved since. */
export function requireForward(what: string, call: number): void {
  if (call !== forwardCall)
    throw new TapeError(
      `${what}: expected to be read while the forward of its op runs, got a later call: copy the ` +
        'numbers in the forward',
    )
}

/** Throws a TapeError in a forward: making a tensor may move the numbers that the forward holds. */
export function refuseInForward(maker: string): void {
  if (runningForward === null) return
  throw new TapeError(
    `${runningForward}: expected a forward that computes with numbers, as in x.data, got a call ` +
      `of ${maker} in it: compute with tensors in a function around the op`,
  )
}
