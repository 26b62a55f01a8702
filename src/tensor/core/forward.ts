// What a caller's code inside an op or a backward pass may do with numbers: a forward computes with
// them alone, so that they stay where they are; a hook looks.

import { TapeError } from './errors.ts'

/** The op whose forward is running. */
export let forwarding: string | null = null

/** Runs a forward, which may be a user's. */
export function computing(op: string, forward: () => void): void {
  forwarding = op
  try {
    forward()
  } finally {
    forwarding = null
  }
}

/** The numbers that a hook is shown. */
export let shown: unknown = null

/** How many hooks may run one inside the other: more do not end. */
const MOST_HOOKS = 100
let hooks = 0

/**
 * Runs a hook that is shown these numbers. Throws a TapeError where hooks call each other without
 * end.
 */
export function showing<T>(numbers: unknown, hook: () => T): T {
  if (hooks === MOST_HOOKS)
    throw new TapeError(
      `registerHook: expected at most ${MOST_HOOKS} hooks inside each other, got one more: a ` +
        'pass that a hook starts calls the hooks on its way, this one among them: remove it ' +
        'first, or start from detach()',
    )
  const outer = shown
  shown = numbers
  hooks++
  try {
    return hook()
  } finally {
    hooks--
    shown = outer
  }
}

/**
 * Throws a TapeError in a forward: what is made there may move everything else, the numbers that
 * the forward holds among it.
 */
export function refuseInForward(maker: string): void {
  if (forwarding === null) return
  throw new TapeError(
    `${forwarding}: expected a forward that computes with numbers, as in x.data, got a call of ` +
      `${maker} in it: compute with tensors in a function around the op`,
  )
}
