// A recurrence's step and the programs made of it: recorded for an example at its first call, and
// again where it reads tensors that nobody named.

import { type FloatDType, isFloat } from '../core/dtype.ts'
import type { Tensor } from '../core/tensor.ts'
import { listeningToAll } from '../define/record.ts'
import { unexamined } from '../inspect/anomaly.ts'
import { EXAMPLE_ROWS, example } from '../programs/derivative.ts'
import { NoProgram } from '../programs/graph.ts'
import { Lowered } from '../programs/lowered.ts'
import { type Plan, planOf, type Recorded } from '../programs/plan.ts'
import { Values } from '../programs/values.ts'
import { enableGrad } from '../transforms/recording.ts'
import { type Mask, Places } from './places.ts'
import { again, replaced, requireLasting, type Seen, textOfPlan } from './recordings.ts'
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
  /** The tensors from outside as they were at the latest call. */
  latest: Seen
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
    try {
      if (found?.parameters)
        outside = found.parameters.map((summed) => summed.map((place) => parameters[place]))
      else if (found !== undefined) outside = this.#again(run, found)
      if (found === undefined || outside === null) {
        found = this.#lowered(run)
        outside = found.latest.outside
        this.#known.set(key, found)
      }
    } catch (error) {
      // What was no program once may look like one at another call.
      if (error instanceof NoProgram) this.#known.set(key, error)
      throw error
    }
    const { sizes, every } = run
    const { lowered, places } = found
    const inputs = [x, ...first, ...outside.map(sumOf)]
    const call = { name: this.#name, lowered, places, sizes, every, masks }
    return { y: sequence(inputs, call, lookUp), lowered }
  }

  #lowered(run: Run): Known {
    const { dtype } = run.x
    if (!isFloat(dtype)) throw new NoProgram('has an input that is no float')
    const values = new Values()
    const plan = planOf(this.#example(run, 0), values, dtype as FloatDType)
    const other = planOf(this.#example(run, 1), values, dtype as FloatDType)
    if (textOfPlan(plan) !== textOfPlan(other))
      throw new NoProgram('computes something else for other numbers')
    const latest = { outside: plan.outside, calls: plan.recorded.calls }
    requireLasting(latest, { outside: other.outside, calls: other.recorded.calls })
    const parameters = plan.outside.map((summed) => summed.map((t) => run.parameters.indexOf(t)))
    const isOwn = run.parameters.length > 0 && !parameters.flat().includes(-1)
    const lowered = new Lowered(plan)
    const places = new Places(lowered)
    return { lowered, places, parameters: isOwn ? parameters : null, latest }
  }

  /**
   * The tensors from outside in a call of a step that was recorded before; null where it is another
   * step now. Where they are others than at the latest call, the step is recorded once more,
   * because it may take others at each call.
   */
  #again(run: Run, known: Known): Plan['outside'] | null {
    const { plan } = known.lowered
    const record = (): Seen | null => {
      const now = this.#record(run, 0, plan.recorded)
      const outside = again(plan, now)
      return outside && { outside, calls: now.calls }
    }
    const seen = record()
    if (seen === null) return null
    if (replaced(known.latest, seen) !== null) {
      const next = record()
      if (next === null) return null
      requireLasting(seen, next)
    }
    known.latest = seen
    return seen.outside
  }

  /** The same for a step that may fail with an example, but not with the caller's numbers. */
  #example(run: Run, variant: number): Recorded {
    try {
      return this.#record(run, variant)
    } catch (error) {
      if (error instanceof NoProgram) throw error
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
    const [after, calls] = unexamined(() => enableGrad(() => listeningToAll(step, refuseEffect)))
    return { x: given.x, before: given.before, masks: given.masks, after, calls }
  }
}

/** Biases are added up where that is recorded, once for all steps. */
const sumOf = (summed: readonly Tensor[]): Tensor => summed.reduce((a, b) => a.add(b))

/** It would be done for the example, and not for each step. */
const refuseEffect = (what: string): never => {
  throw new NoProgram(what)
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
