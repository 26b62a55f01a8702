// Records ops on the tape; it knows neither their numbers nor their derivatives.

import { type Rule, recording, withRecording } from '../../autograd/index.ts'
import { isFloat } from '../core/dtype.ts'
import { tellingEffects } from '../core/effects.ts'
import { recordNode } from '../core/lifetime.ts'
import { Tensor } from '../core/tensor.ts'
import { inspectResult, origins } from '../inspect/anomaly.ts'
import type { FormedRule } from './form.ts'
import type { BuiltIn } from './names.ts'

/** One call of an op, as a listener hears it. */
export interface Heard {
  rule: Rule<Tensor>
  inputs: readonly Tensor[]
  attrs: unknown
  out: Tensor
  /** Whether recording was on. */
  isRecorded: boolean
}

interface Listener {
  readonly calls: Heard[]
  /** Whether the calls stand for those of other sizes, so that none is left out at this one. */
  readonly traces: boolean
}
let listener: Listener | null = null

export const isListening = (): boolean => listener !== null
/** Whether an op that changes nothing at this size is called all the same. */
export const isTracing = (): boolean => listener?.traces === true

function hear(call: Heard): void {
  if (listener === null) return
  listener.calls.push(call)
  // Results stay readable, whatever scope the op is called in.
  if (listener.traces) call.out.storage.pinned = true
}

/**
 * Runs `fn`. Returns its result, and every call of an op in it, in order: also of ops that have no
 * derivative, and while recording is off.
 */
export function listening<T>(fn: () => T, traces = false): [result: T, calls: readonly Heard[]] {
  const outer = listener
  const calls: Heard[] = []
  listener = { calls, traces }
  try {
    return [fn(), calls]
  } finally {
    listener = outer
    for (const call of calls) hear(call)
  }
}

const detach: BuiltIn<Rule<Tensor>> = { name: 'detach' }

/**
 * The same, and `detach()` is a call too. `onEffect` is called before numbers are changed in place,
 * or random ones drawn.
 */
export const listeningToAll = <T>(fn: () => T, onEffect: (what: string) => void, traces = false) =>
  listening(() => {
    const onDetach = (from: object, to: object): void => {
      const [input, out] = [from as Tensor, to as Tensor]
      hear({ rule: detach, inputs: [input], attrs: undefined, out, isRecorded: true })
    }
    return tellingEffects({ onEffect, onDetach }, fn)
  }, traces)

/** Lets a listener hear that numbers of `t` are read outside of ops. */
export function noteRead(name: string, t: Tensor): void {
  hear({ rule: { name }, inputs: [t], attrs: undefined, out: t, isRecorded: recording })
}

/**
 * Records an op on the tape if an input requires a gradient and the output is a float. Returns the
 * output.
 */
export function record<A>(
  rule: Rule<Tensor, A>,
  inputs: readonly Tensor[],
  attrs: A,
  out: Tensor,
): Tensor {
  if (origins !== null) inspectResult(rule, inputs, out)
  if (listener !== null)
    hear({ rule: rule as Rule<Tensor>, inputs, attrs, out, isRecorded: recording })
  if (!recording) return out
  for (let i = 0; i < inputs.length; i++) {
    if (inputs[i].node !== null && isFloat(out.dtype)) {
      out.node = recordNode(rule as Rule<Tensor>, inputs, attrs, out)
      return out
    }
  }
  return out
}

const aliasRule: BuiltIn<FormedRule<undefined>> = {
  name: 'input',
  form: 'alias',
  vjp: (g) => [g],
  replay: ([x]) => alias(x),
}

/** The same numbers with a node of their own; its input is `x`, where that requires a gradient. */
export function alias(x: Tensor): Tensor {
  const same = new Tensor(x.storage, x.byteOffset, x.shape, x.dtype, x.transposed)
  return record(aliasRule, [x], undefined, same)
}

/**
 * The inputs of an op, for a derivative that starts a pass of its own. A tensor that occurs more
 * than once gets a node for each place, or the pass could not tell the places apart.
 */
export function distinct(inputs: readonly Tensor[]): readonly Tensor[] {
  const repeated = new Set<Tensor>()
  if (inputs.length === 2 ? inputs[0] === inputs[1] : new Set(inputs).size < inputs.length)
    inputs.forEach((x, i) => {
      if (x.node !== null && inputs.indexOf(x) < i) repeated.add(x)
    })
  return repeated.size === 0
    ? inputs
    : withRecording(true, () => inputs.map((x) => (repeated.has(x) ? alias(x) : x)))
}
