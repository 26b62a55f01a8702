// Limits on a caller's code inside an op or a backward pass: a forward computes with numbers alone,
// so that they stay where they are; hooks end.

import { TapeError } from './errors.ts'

/** The op whose forward is running. */
export let runningForward: string | null = null

/** Runs a forward, which may be a user's. */
export function runForward(op: string, forward: () => void): void {
  runningForward = op
  try {
    forward()
  } finally {
    runningForward = null
  }
}

/** How many hooks may run one inside the other: more do not end. */
const MOST_HOOKS = 100
let hooks = 0

/** Runs a hook. Throws a TapeError where hooks call each other without end. */
export function runHook<T>(hook: () => T): T {
  if (hooks === MOST_HOOKS)
    throw new TapeError(
      `registerHook: expected at most ${MOST_HOOKS} hooks inside each other, got one more: a ` +
        'pass that a hook starts calls the hooks on its way, this one among them: remove it ' +
        'first, or start from detach()',
    )
  hooks++
  try {
    return hook()
  } finally {
    hooks--
  }
}

/** Throws a TapeError outside of a forward, where numbers may have moved since. */
export function requireForward(what: string): void {
  if (runningForward === null)
    throw new TapeError(
      `${what}: expected to be read while the forward of its op runs, got a later call: copy the ` +
        'numbers there',
    )
}

/**
 * Throws a TapeError in a forward: what is made there may move everything else, the numbers that
 * the forward holds among it.
 */
export function refuseInForward(maker: string): void {
  if (runningForward === null) return
  throw new TapeError(
    `${runningForward}: expected a forward that computes with numbers, as in x.data, got a call of ` +
      `${maker} in it: compute with tensors in a function around the op`,
  )
}
