// A recurrence over packed sequences in one direction: as one op of programs (tensor/sequence).

import type { Tensor } from '../../tensor/index.ts'
import { layoutOf, type Mask, type Run, rowsIn, Steps } from '../../tensor/internal.ts'
import { namesOf, type Parameters, type Recurrence } from './recurrence.ts'
import { type NamedTensors, stateOf } from './state.ts'

/** How states are held back and dropped in this run. */
export interface Held {
  /** What h is multiplied by before its products, at every step (N, size of h); null without. */
  readonly hidden: Tensor | null
  /** Of each state: 1 where it stays as it was (R, size), or the share of it that stays. */
  readonly zoneout: readonly (Tensor | number)[]
}

/** Packed rows and states. */
export interface Scanned<S> {
  /** The states after every step (R, size); h alone unless `every`. */
  readonly rows: Partial<S> & { h: Tensor }
  /** The state after each sequence's last step (N, size). */
  readonly after: S
}

/** The steps of each recurrence, by the names of its parameters and the kind of regularisation. */
const known = new WeakMap<object, Map<string, Steps>>()

function stepsOf<S extends NamedTensors<S>>(
  recurrence: Recurrence<S>,
  names: readonly string[],
  { hidden, zoneout }: Held,
): Steps {
  const own = known.get(recurrence) ?? new Map<string, Steps>()
  known.set(recurrence, own)
  const shares = zoneout.map((share) => (typeof share === 'number' ? share : 'mask'))
  const key = `${names.length} ${hidden !== null} ${shares}`
  const steps = own.get(key) ?? new Steps(stepFor(recurrence, names, hidden !== null, shares))
  own.set(key, steps)
  return steps
}

/** The step on lists of tensors, with its regularisation. */
function stepFor<S extends NamedTensors<S>>(
  recurrence: Recurrence<S>,
  parameterNames: readonly string[],
  isDropped: boolean,
  shares: readonly (number | 'mask')[],
) {
  const names = namesOf(recurrence)
  return (
    x: Tensor,
    states: readonly Tensor[],
    parameters: readonly Tensor[],
    masks: readonly Tensor[],
  ): readonly Tensor[] => {
    const given = { bias_ih: null, bias_hh: null }
    const p = Object.fromEntries(parameterNames.map((name, i) => [name, parameters[i]]))
    const before = stateOf<S>(names, (_, k) => states[k])
    const [first, ...rest] = masks
    const hidden = isDropped ? before.h.mul(first) : before.h
    const after = recurrence.step({ ...given, ...p } as Parameters, x, before, hidden)
    const zoned = isDropped ? rest : [...masks]
    return names.map((name, k) => {
      const share = shares[k]
      if (share === undefined || share === 0) return after[name]
      if (share === 'mask') {
        const mask = zoned.shift() as Tensor
        return before[name].mul(mask).add(after[name].mul(mask.neg().add(1)))
      }
      return before[name].mul(share).add(after[name].mul(1 - share))
    })
  }
}

/**
 * Packed rows x (R, D) and the state before (N, …) → the states after every step and after the last
 * step of each sequence. `lookUp` tells which rows of x are equal.
 */
export function scan<S extends NamedTensors<S>>(
  recurrence: Recurrence<S>,
  parameters: Parameters,
  before: S,
  {
    x,
    sizes,
    every,
    lookUp,
    regularisation,
  }: Pick<Run, 'x' | 'sizes' | 'every' | 'lookUp'> & { regularisation: Held },
): Scanned<S> {
  const names = namesOf(recurrence)
  const own = Object.entries(parameters).filter(([, p]) => p !== null)
  const steps = stepsOf(
    recurrence,
    own.map(([name]) => name),
    regularisation,
  )
  const { hidden, zoneout } = regularisation
  const masks: Mask[] = zoneout
    .filter((mask) => typeof mask !== 'number')
    .map((mask) => ({ mask, isFixed: false }))
  if (hidden !== null) masks.unshift({ mask: hidden, isFixed: true })
  const { y, lowered } = steps.run({
    x,
    first: names.map((name) => before[name]),
    parameters: own.map(([, p]) => p as Tensor),
    masks,
    sizes,
    every,
    lookUp,
  })
  const [N, R] = [before.h.shape[0], x.shape[0]]
  const { states } = layoutOf(lowered, N, R, every)
  const rows = names.flatMap((name, k) => {
    const { rows: at, width } = states[k]
    return at === null ? [] : [[name, rowsIn(y, at + N * width, R, width)] as const]
  })
  return {
    rows: Object.fromEntries(rows) as Scanned<S>['rows'],
    after: stateOf(names, (_, k) => rowsIn(y, states[k].last, N, states[k].width)),
  }
}
