// The op that explains a difference: each op behind it is examined by itself, with all that
// checkExactly compares.

import { tensor } from '../../tensor/index.ts'
import { type Heard, isFloat, show } from '../../tensor/internal.ts'
import type { Checked } from '../gradients/point.ts'
import { examine, type Failure } from './points.ts'
import type { ExactOps } from './settings.ts'

/** The op's name, and the op in words; null where every op is right by itself. */
export function culprit(
  { difference, recording }: Failure,
  seed: number,
  ops: ExactOps,
): { readonly op: string; readonly words: string } | null {
  const { tape, levels } = recording
  for (let order = 1; order <= difference.order; order++) {
    const { results } = levels[difference.order - order]
    for (const call of tape.behind(results)) {
      const { rule, inputs } = call
      if (isOff(call, order, seed, ops))
        return {
          op: rule.name,
          words: `the op ${rule.name} of ${inputs.map(({ shape }) => show(shape)).join(', ')}`,
        }
    }
  }
  return null
}

/** Whether an op is off by itself. One that cannot be examined is not. */
function isOff(
  { rule, inputs, attrs }: Heard,
  order: number,
  seed: number,
  ops: ExactOps,
): boolean {
  const { replay } = rule
  const moved = inputs.flatMap((x, i) => (x.requiresGrad && isFloat(x.dtype) ? [i] : []))
  if (replay === undefined || moved.length === 0) return false
  const fn: Checked = (...xs) =>
    replay(
      inputs.map((x, i) => (moved.includes(i) ? xs[moved.indexOf(i)] : x)),
      attrs,
    )
  try {
    const copies = moved.map((i) => {
      const { shape, dtype } = inputs[i]
      return tensor(inputs[i].toTypedArray(), { shape, dtype })
    })
    return 'difference' in examine(fn, copies, { order, seed, ops })
  } catch {
    return false
  }
}
