// The op that explains a difference: each op behind it is examined by itself, with all that
// checkExactly compares.

import { tensor } from '../../tensor/index.ts'
import { type Heard, isFloat, show } from '../../tensor/internal.ts'
import type { Checked } from '../gradients/point.ts'
import type { Difference } from './examine.ts'
import { examine, type Failure } from './points.ts'
import type { ExactOps } from './settings.ts'

/** The op's name, the op in words, the functions in it; null where each op is right by itself. */
export function culprit(
  { difference, recording }: Failure,
  seed: number,
  ops: ExactOps,
): { readonly op: string; readonly words: string; readonly free: readonly string[] } | null {
  const { tape, levels } = recording
  for (let order = 1; order <= difference.order; order++) {
    const { results } = levels[difference.order - order]
    for (const call of tape.behind(results)) {
      const { rule, inputs } = call
      const own = differenceOf(call, order, seed, ops)
      if (own !== null)
        return {
          op: rule.name,
          free: own.free,
          words: `the op ${rule.name} of ${inputs.map(({ shape }) => show(shape)).join(', ')}`,
        }
    }
  }
  return null
}

/** The difference of an op by itself; null for one that cannot be examined. */
function differenceOf(
  { rule, inputs, attrs }: Heard,
  order: number,
  seed: number,
  ops: ExactOps,
): Difference | null {
  const { replay } = rule
  const moved = inputs.flatMap((x, i) => (x.requiresGrad && isFloat(x.dtype) ? [i] : []))
  if (replay === undefined || moved.length === 0) return null
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
    const result = examine(fn, copies, { order, seed, ops })
    return 'difference' in result ? result.difference : null
  } catch {
    return null
  }
}
