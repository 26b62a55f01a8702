// A recurrence's step and the programs made of it: recorded for an example at its first call, and
// again where it reads tensors that nobody named.

import { type FloatDType, isFloat } from '../core/dtype.ts'
import { sameShape } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import { isNumber } from '../define/operand.ts'
import { type Heard, listening } from '../define/record.ts'
import { unexamined } from '../inspect/anomaly.ts'
import { constantNumber, EXAMPLE_ROWS, example } from '../programs/derivative.ts'
import { NoProgram } from '../programs/graph.ts'
import { Lowered } from '../programs/lowered.ts'
import { type Plan, planOf, type Recorded } from '../programs/plan.ts'
import { Values } from '../programs/values.ts'
import { enableGrad } from '../transforms/recording.ts'
import type { Mask } from './call.ts'
import { Places } from './places.ts'
import type { LookUp } from './repeats.ts'
import { sequence } from './sequence.ts'

/** x (n, D), the states before (n, …) and masks (n, …) → the states after. */
export type Step = (
  x: Tensor,
  states: readonly Tensor[],
  parameters: readonly Tensor[],
  masks: readonly Tensor[],
) => readonly Tensor[]

/** A run over packed sequences. */
export interface Run {
  /** Rows (R, D), those of step t + 1 after those of step t. */
  readonly x: Tensor
  /** The first states (N, …). */
  readonly first: readonly Tensor[]
  readonly parameters: readonly Tensor[]
  readonly masks: readonly Mask[]
  readonly sizes: readonly number[]
  /** Whether the states after every step are wanted, and not those of the first one alone. */
  readonly every: boolean
  readonly lookUp: LookUp | null
}

interface Known {
  readonly lowered: Lowered
  readonly places: Places
  /**
   * Where the plan's tensors from outside stand among the parameters; null where some are others.
   */
  readonly parameters: readonly (readonly number[])[] | null
}

export class Steps {
  readonly #name: string
  readonly #step: Step
  readonly #known = new Map<string, Known | NoProgram>()

  /** `name` is the cell's. */
  constructor(name: string, step: Step) {
    this.#name = name
    this.#step = step
  }

  /** The result of the op `sequence` and its lowered step. Throws NoProgram where there is none. */
  run(run: Run): { y: Tensor; lowered: Lowered } {
    const { x, first, parameters, masks, lookUp } = run
    // Layers have compared the shapes of named parameters with D and H.
    let key = `${x.dtype} ${x.shape[1]}`
    for (const t of first) key += ` ${t.shape[1]}`
    const known = this.#known.get(key)
    if (known instanceof NoProgram) throw known
    let [found, outside] = [known, null as Plan['outside'] | null]
    if (found?.parameters)
      outside = found.parameters.map((summed) => summed.map((place) => parameters[place]))
    else if (found !== undefined)
      outside = again(found.lowered.plan, this.#record(run, 0, found.lowered.plan.recorded))
    if (found === undefined || outside === null) {
      found = this.#lower(run, key)
      outside = found.lowered.plan.outside
    }
    const { sizes, every } = run
    const { lowered, places } = found
    const inputs = [x, ...first, ...outside.map(sumOf)]
    const call = { name: this.#name, lowered, places, sizes, every, masks }
    return { y: sequence(inputs, call, lookUp), lowered }
  }

  #lower(run: Run, key: string): Known {
    const { dtype } = run.x
    if (!isFloat(dtype)) throw new NoProgram('has an input that is no float')
    try {
      const values = new Values()
      const plan = planOf(this.#example(run, 0), values, dtype as FloatDType)
      const versions = plan.outside.flat().map(({ storage }) => storage.version)
      const other = planOf(this.#example(run, 1), values, dtype as FloatDType)
      if (textOfPlan(plan) !== textOfPlan(other))
        throw new NoProgram('computes something else for other numbers')
      requireLasting(plan, other, versions)
      const parameters = plan.outside.map((summed) => summed.map((t) => run.parameters.indexOf(t)))
      const isOwn = run.parameters.length > 0 && !parameters.flat().includes(-1)
      const lowered = new Lowered(plan)
      const places = new Places(lowered)
      const made = { lowered, places, parameters: isOwn ? parameters : null }
      this.#known.set(key, made)
      return made
    } catch (error) {
      if (error instanceof NoProgram) this.#known.set(key, error)
      throw error
    }
  }

  /** The same for a step that may fail with an example, but not with the caller's numbers. */
  #example(run: Run, variant: number): Recorded {
    try {
      return this.#record(run, variant)
    } catch (error) {
      throw new NoProgram(
        `fails for an example of ${EXAMPLE_ROWS + variant} rows: ${messageOf(error)}`,
      )
    }
  }

  /** Runs the step for an example, or once more for a former one. */
  #record({ x, first, parameters, masks }: Run, variant: number, former?: Recorded): Recorded {
    const rowsLike = (t: Tensor, i: number): Tensor => {
      // The examples differ in their rows, so that a step which counts them is seen.
      const shape = [EXAMPLE_ROWS + variant, ...t.shape.slice(1)]
      const made = example(shape, t.dtype as FloatDType, 5 * i + variant)
      // It is used for as long as the plan, whatever scope the first call is in.
      made.storage.pinned = true
      return made
    }
    const given = former ?? {
      x: rowsLike(x, 0),
      before: first.map((t, i) => rowsLike(t, 1 + i)),
      masks: masks.map(({ mask }, i) => rowsLike(mask, 1 + first.length + i)),
    }
    const step = () => this.#step(given.x, given.before, parameters, given.masks)
    // A plan of a call inside noGrad is used outside as well.
    const [after, calls] = unexamined(() => enableGrad(() => listening(step)))
    return { x: given.x, before: given.before, masks: given.masks, after, calls }
  }
}

/** Biases are added up where that is recorded, once for all steps. */
const sumOf = (summed: readonly Tensor[]): Tensor => summed.reduce((a, b) => a.add(b))

/** The number that a tensor stands for, or that all its elements were made as. */
const numberOf = (t: Tensor): number | undefined =>
  isNumber(t) ? Number(t.item()) : constantNumber(t)

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** Whether two tensors of one shape are the same numbers, as by detach(). */
const isSamePlace = (a: Tensor, b: Tensor): boolean =>
  a.storage === b.storage && a.byteOffset === b.byteOffset && a.transposed === b.transposed

/**
 * Throws NoProgram for a tensor from outside that is another one at each call, as of random
 * numbers, or whose storage was at another of `versions` before the last call: a run would use the
 * same numbers for all steps.
 */
function requireLasting(plan: Plan, other: Plan, versions: readonly number[]): void {
  const [makers, otherMakers] = [plan, other].map(
    ({ recorded }) => new Map(recorded.calls.map((call) => [call.out, call])),
  )
  const isLasting = (a: Tensor, b: Tensor): boolean => {
    const number = numberOf(a)
    if (a === b || (number !== undefined && Object.is(number, numberOf(b)))) return true
    const [own, made] = [makers.get(a), otherMakers.get(b)]
    if (own === undefined || made === undefined) return own === made && isSamePlace(a, b)
    return (
      own.rule === made.rule &&
      sameData(own.attrs, made.attrs) &&
      own.inputs.length === made.inputs.length &&
      own.inputs.every((t, i) => isLasting(t, made.inputs[i]))
    )
  }
  const others = other.outside.flat()
  plan.outside.flat().forEach((t, i) => {
    if (t.storage.version !== versions[i])
      throw new NoProgram('changes numbers in place that it uses')
    if (!isLasting(t, others[i]))
      throw new NoProgram(`uses another tensor at each call, made by ${t.storage.maker}`)
  })
}

/** What two plans of one step must have in common. */
const textOfPlan = ({ after, factors, products, sources }: Plan): string =>
  JSON.stringify([
    [...after, ...factors.map(({ segments }) => segments)].map((segments) =>
      segments.map(({ from, width, value }) => [from, width, value.id]),
    ),
    products,
    sources,
  ])

/** The tensors from outside in a new recording of a plan's step; null where the step differs. */
function again(plan: Plan, now: Recorded): Plan['outside'] | null {
  const { x, before, masks, after } = plan.recorded
  const news = new Map<Tensor, Tensor>()
  const given = [now.x, ...now.before, ...now.masks]
  for (const [i, t] of [x, ...before, ...masks].entries()) news.set(t, given[i])
  const outside = new Map<Tensor, Tensor>()
  const isSame = (old: Tensor, t: Tensor): boolean => {
    const known = news.get(old) ?? outside.get(old)
    if (known !== undefined) return known === t
    if (old.dtype !== t.dtype || !sameShape(old.shape, t.shape)) return false
    const number = plan.numbers.get(old)
    if (number !== undefined) return t.node === null && Object.is(number, numberOf(t))
    outside.set(old, t)
    return !isNumber(t) && old.transposed === t.transposed
  }
  const [was, is] = [formerly(plan), dependent(now)]
  if (was.length !== is.length) return null
  for (const [i, call] of was.entries()) {
    const other = is[i]
    const isSameOp =
      call.rule === other.rule &&
      call.isRecorded === other.isRecorded &&
      call.inputs.length === other.inputs.length &&
      sameData(call.attrs, other.attrs) &&
      call.inputs.every((t, k) => isSame(t, other.inputs[k]))
    if (!isSameOp) return null
    news.set(call.out, other.out)
  }
  if (!after.every((t, k) => isSame(t, now.after[k]))) return null
  return plan.outside.map((summed) => summed.map((t) => outside.get(t) as Tensor))
}

const dependents = new WeakMap<Plan, readonly Heard[]>()

/** The calls that depend on the example in a plan's own recording. */
function formerly(plan: Plan): readonly Heard[] {
  const known = dependents.get(plan) ?? dependent(plan.recorded)
  dependents.set(plan, known)
  return known
}

/** The calls that depend on the example. */
function dependent({ x, before, masks, calls }: Recorded): readonly Heard[] {
  const traced = new Set([x, ...before, ...masks])
  return calls.filter(({ inputs, out }) => {
    const depends = inputs.some((t) => traced.has(t))
    if (depends) traced.add(out)
    return depends
  })
}

/** Whether two attributes hold the same numbers and words. */
function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) =>
      sameData((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
    )
  )
}
