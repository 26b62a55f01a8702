// A step over packed sequences in one direction: as one op of programs (tensor/sequence), or step
// by step where it is no program.

import { cat, type Tensor } from '../../tensor/index.ts'
import { layoutOf, type Mask, type Run, rowsIn, Steps } from '../../tensor/internal.ts'
import { namesOf, type Parameters, type Recurrence } from './recurrence.ts'
import { type NamedTensors, type Names, stateOf } from './state.ts'
import { isWatched } from './watch.ts'

/** How states are held back and dropped in this run. */
export interface Held {
  /** What h is multiplied by before its products, at every step (M, size of h); null without. */
  readonly hidden: Tensor | null
  /** Of each state: 1 where it stays as it was (R, size), or the share of it that stays. */
  readonly zoneout: readonly (Tensor | number)[]
}

/** Nothing is held back. */
export const NOTHING: Held = { hidden: null, zoneout: [] }

/** Packed rows and states. */
export interface Scanned<S> {
  /** The states after every step (R, size); h alone unless `every`. */
  readonly rows: Partial<S> & { h: Tensor }
  /** The state after each sequence's last step (M, size). */
  readonly after: S
  /** The rows after every single step by themselves, where the steps ran one by one. */
  readonly steps?: Readonly<Record<keyof S, readonly Tensor[]>>
}

/** A run's rows, and how they are held back. */
export type Rows = Pick<Run, 'x' | 'sizes' | 'every' | 'lookUp'> & { readonly held: Held }

/** x (n, D), the state before and h as products see it (n, …) → the state after. */
export type StateStep<S> = (
  parameters: readonly Tensor[],
  x: Tensor,
  before: S,
  hidden: Tensor,
) => S

/** The kind of a run's regularisation, which is a part of its step. */
export const kindOf = ({ hidden, zoneout }: Held): string =>
  hidden === null && zoneout.length === 0
    ? ''
    : `${hidden !== null} ${zoneout.map((share) => (typeof share === 'number' ? share : 'mask'))}`

/** The step on lists of tensors, with the regularisation of this kind. */
function listed<S extends NamedTensors<S>>(
  names: Names<S>,
  step: StateStep<S>,
  { hidden, zoneout }: Held,
) {
  const isDropped = hidden !== null
  const shares = zoneout.map((share) => (typeof share === 'number' ? share : null))
  return (
    x: Tensor,
    states: readonly Tensor[],
    parameters: readonly Tensor[],
    masks: readonly Tensor[],
  ): readonly Tensor[] => {
    const before = stateOf<S>(names, (_, k) => states[k])
    const zoned = isDropped ? masks.slice(1) : [...masks]
    const after = step(parameters, x, before, isDropped ? before.h.mul(masks[0]) : before.h)
    return names.map((name, k) => {
      const share = shares[k]
      if (share === undefined || share === 0) return after[name]
      if (share !== null) return before[name].mul(share).add(after[name].mul(1 - share))
      const mask = zoned.shift() as Tensor
      return before[name].mul(mask).add(after[name].mul(mask.neg().add(1)))
    })
  }
}

/** The steps of a cell of this name. */
export const stepsFor = <S extends NamedTensors<S>>(
  name: string,
  names: Names<S>,
  step: StateStep<S>,
  held: Held,
): Steps => new Steps(name, listed(names, step, held))

function masksOf({ hidden, zoneout }: Held): Mask[] {
  const masks: Mask[] = []
  if (hidden !== null) masks.push({ mask: hidden, isFixed: true })
  for (const mask of zoneout) if (typeof mask !== 'number') masks.push({ mask, isFixed: false })
  return masks
}

/** Packed rows x (R, D) and the state before (M, …) → the states after. Throws NoProgram. */
export function run<S extends NamedTensors<S>>(
  steps: Steps,
  names: Names<S>,
  parameters: readonly Tensor[],
  before: S,
  { x, sizes, every, lookUp, held }: Rows,
): Scanned<S> {
  const first = names.map((name): Tensor => before[name])
  const masks = masksOf(held)
  const { y, lowered } = steps.run({ x, first, parameters, masks, sizes, every, lookUp })
  const [M, R] = [before.h.shape[0], x.shape[0]]
  const { states } = layoutOf(lowered, M, R, every)
  const rows: Partial<Record<keyof S, Tensor>> = {}
  for (let k = 0; k < names.length; k++) {
    const { rows: at, width } = states[k]
    if (at !== null) rows[names[k]] = rowsIn(y, at + M * width, R, width)
  }
  return {
    rows: rows as Scanned<S>['rows'],
    after: stateOf(names, (_, k) => rowsIn(y, states[k].last, M, states[k].width)),
  }
}

/** The same step by step, by the ops of the step itself. */
export function fold<S extends NamedTensors<S>>(
  step: StateStep<S>,
  names: Names<S>,
  before: S,
  { x, sizes, every, held }: Rows,
): Scanned<S> {
  const oneStep = listed(names, step, held)
  const masks = masksOf(held)
  const ended = names.map((name) => [before[name].slice(0, sizes[0])])
  const rows = names.map((): Tensor[] => [])
  let states = names.map((name): Tensor => before[name])
  let at = 0
  sizes.forEach((n, t) => {
    const here = (t: Tensor, from: number): Tensor => t.slice(0, from, from + n)
    const now = masks.map(({ mask, isFixed }) => here(mask, isFixed ? 0 : at))
    const own = states.map((state) => here(state, 0))
    states = [...oneStep(here(x, at), own, [], now)]
    states.forEach((state, k) => {
      rows[k].push(state)
      // Sequences that end here stand before those that ended earlier.
      ended[k].unshift(state.slice(0, sizes[t + 1] ?? 0))
    })
    at += n
  })
  const wanted = every ? names : names.slice(0, 1)
  const steps = Object.fromEntries(names.map((name, k) => [name, rows[k]]))
  return {
    steps: steps as unknown as Scanned<S>['steps'],
    rows: stateOf(wanted as Names<S>, (_, k) => cat(rows[k])),
    after: stateOf(names, (_, k) => cat(ended[k])),
  }
}

/** What is known of a recurrence. */
interface Known {
  readonly states: readonly string[]
  readonly parameters: readonly (keyof Parameters & string)[]
  /** By the parameters that are there and the kind of regularisation. */
  readonly steps: Map<string, Steps>
}
const known = new WeakMap<object, Known>()

function knownOf<S extends NamedTensors<S>>(recurrence: Recurrence<S>): Known {
  const found = known.get(recurrence)
  if (found !== undefined) return found
  const parameters = Object.keys(recurrence.parameters(1, 1)) as Known['parameters']
  const made = { states: namesOf(recurrence), parameters, steps: new Map<string, Steps>() }
  known.set(recurrence, made)
  return made
}

/** The step on a list of the parameters that are there; the others are null. */
function listedStep<S extends NamedTensors<S>>(
  recurrence: Recurrence<S>,
  names: readonly string[],
  present: readonly string[],
): StateStep<S> {
  const none = Object.fromEntries(names.map((name) => [name, null]))
  return (list, x, state, hidden) => {
    const p = Object.fromEntries(present.map((name, i) => [name, list[i]]))
    return recurrence.step({ ...none, ...p } as unknown as Parameters, x, state, hidden)
  }
}

/** A recurrence with parameters over packed rows. */
export function scan<S extends NamedTensors<S>>(
  recurrence: Recurrence<S>,
  parameters: Parameters,
  before: S,
  rows: Rows,
): Scanned<S> {
  const own = knownOf(recurrence)
  const names = own.states as Names<S>
  const given: Tensor[] = []
  let key = kindOf(rows.held)
  for (const name of own.parameters) {
    const p = parameters[name]
    if (p) given.push(p)
    else key += ` no ${name}`
  }
  const step = (): StateStep<S> => {
    const present = own.parameters.filter((name) => parameters[name])
    return listedStep(recurrence, own.parameters, present)
  }
  if (isWatched()) {
    const alone = step()
    return fold((_, ...now) => alone(given, ...now), names, before, rows)
  }
  let steps = own.steps.get(key)
  if (steps === undefined) {
    steps = stepsFor(recurrence.name, names, step(), rows.held)
    own.steps.set(key, steps)
  }
  return run(steps, names, given, before, rows)
}
