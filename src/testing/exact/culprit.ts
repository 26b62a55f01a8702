// The op that explains a difference: each op behind it is examined by itself, with all that
// checkExactly compares.

import { enableGrad, grad, type Tensor, tensor } from '../../tensor/index.ts'
import { type Heard, isFloat, show } from '../../tensor/internal.ts'
import type { Checked } from '../gradients/point.ts'
import { isLinear, type Pull } from './linear.ts'
import { examine, type Failure } from './points.ts'
import type { ExactOps } from './settings.ts'

/** An op that is off by itself. */
export interface Culprit {
  readonly op: string
  /** The op in words. */
  readonly words: string
  /** The functions in it. */
  readonly free: readonly string[]
  /** Whether its derivative is linear in the cotangent. */
  readonly isLinear: boolean
}

/** Null where each op is right by itself. */
export function culprit(
  { difference, recording }: Failure,
  seed: number,
  ops: ExactOps,
): Culprit | null {
  const { tape, levels } = recording
  for (let order = 1; order <= difference.order; order++) {
    const { results } = levels[difference.order - order]
    for (const call of tape.behind(results)) {
      const { rule, inputs } = call
      const own = differenceOf(call, order, seed, ops)
      if (own !== null)
        return {
          op: rule.name,
          ...own,
          words: `the op ${rule.name} of ${inputs.map(({ shape }) => show(shape)).join(', ')}`,
        }
    }
  }
  return null
}

const like = ({ shape, dtype }: Tensor) => ({ shape, dtype })

/** What is off in an op by itself; null for one that is right, or cannot be examined. */
function differenceOf(
  { rule, inputs, attrs }: Heard,
  order: number,
  seed: number,
  ops: ExactOps,
): Pick<Culprit, 'free' | 'isLinear'> | null {
  const { replay } = rule
  const moved = inputs.flatMap((x, i) => (x.requiresGrad && isFloat(x.dtype) ? [i] : []))
  if (replay === undefined || moved.length === 0) return null
  const fn: Checked = (...xs) =>
    replay(
      inputs.map((x, i) => (moved.includes(i) ? xs[moved.indexOf(i)] : x)),
      attrs,
    )
  try {
    const copies = moved.map((i) => tensor(inputs[i].toTypedArray(), like(inputs[i])))
    const result = examine(fn, copies, { order, seed, ops })
    if (!('difference' in result)) return null
    const [y] = result.recording.levels[0].results
    const pull: Pull = (gradOutputs) =>
      enableGrad(() => {
        const leaves = copies.map((x) =>
          tensor(x.toTypedArray(), { ...like(x), requiresGrad: true }),
        )
        return grad([fn(...leaves)].flat(), leaves, { gradOutputs, allowUnused: true })
      })
    return { free: result.difference.free, isLinear: isLinear(pull, [y], seed) }
  } catch {
    return null
  }
}
