// How an op comes onto the tape. What ops are, and what their derivatives do, is not said here.

import { type Rule, recording, withRecording } from '../../autograd/index.ts'
import { isFloat } from '../core/dtype.ts'
import { recordNode } from '../core/lifetime.ts'
import { Tensor } from '../core/tensor.ts'
import { inspectResult, origins } from '../inspect/anomaly.ts'

/**
 * Notes an op on the tape when one of its inputs requires a gradient and its output is a float;
 * returns its output.
 */
export function record<A>(
  rule: Rule<Tensor, A>,
  inputs: readonly Tensor[],
  attrs: A,
  out: Tensor,
): Tensor {
  if (origins !== null) inspectResult(rule, inputs, out)
  if (!recording) return out
  for (let i = 0; i < inputs.length; i++) {
    if (inputs[i].node !== null && isFloat(out.dtype)) {
      out.node = recordNode(rule as Rule<Tensor>, inputs, attrs, out)
      return out
    }
  }
  return out
}

const aliasRule: Rule<Tensor, undefined> = {
  name: 'input',
  vjp: (g) => [g],
  replay: ([x]) => alias(x),
}

/** The same numbers under a node of their own, behind `x` where that requires a gradient. */
export function alias(x: Tensor): Tensor {
  const same = new Tensor(x.storage, x.byteOffset, x.shape, x.dtype, x.transposed)
  return record(aliasRule, [x], undefined, same)
}

/**
 * The inputs of an op, for a derivative that starts a pass of its own: where one tensor stands in
 * several places, each gets a node of its own, or the pass could not tell them apart.
 */
export function distinct(inputs: readonly Tensor[]): readonly Tensor[] {
  const twice = new Set<Tensor>()
  if (inputs.length === 2 ? inputs[0] === inputs[1] : new Set(inputs).size < inputs.length)
    inputs.forEach((x, i) => {
      if (x.node !== null && inputs.indexOf(x) < i) twice.add(x)
    })
  return twice.size === 0
    ? inputs
    : withRecording(true, () => inputs.map((x) => (twice.has(x) ? alias(x) : x)))
}
