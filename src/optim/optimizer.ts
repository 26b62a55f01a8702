// Optimizer: parameters, options and state dicts, which all optimisers share; it knows no update
// rule.
import { Tensor, ValueError, zeros } from '../tensor/index.ts'
import {
  bringIn,
  clearGrad,
  deepCopy,
  requireOptions,
  revived,
  show,
  shown,
} from '../tensor/internal.ts'
import { type Definition, type ParameterState, requireSettled, wrongOptions } from './definition.ts'
import { requireParameters } from './parameters.ts'

/** Everything an optimiser needs to go on as if it had not stopped. */
export interface OptimizerState<O, K extends string> {
  /** Whose state it is: 'SGD', 'Adam' or 'AdamW'. */
  optimizer: string
  /** Every option, the learning rate as it was among them. */
  options: O
  /** One for each parameter, null while it has taken no step. */
  state: (ParameterState<K> | null)[]
}

/** An optimiser with options O, whose moments are named K. */
export abstract class Optimizer<O extends { lr: number }, K extends string> {
  /** No ordinary field: structuredClone() refuses functions in its own words. */
  readonly #definition: Definition<O, K>
  private options: O
  private readonly parameters: readonly Tensor[]
  private state: (ParameterState<K> | null)[]

  constructor(definition: Definition<O, K>, parameters: readonly Tensor[], given: Partial<O>) {
    const { name, defaults, requirements } = definition
    const allowed = Object.keys(requirements) as (keyof O & string)[]
    const options = deepCopy(requireOptions(name, given as O, allowed))
    this.#definition = definition
    this.options = requireSettled(definition, { ...defaults, ...options })
    this.parameters = requireParameters(name, parameters)
    this.state = this.parameters.map(() => null)
  }

  /**
   * The learning rate. Set it between steps to follow a schedule; throws ValueError unless it is a
   * finite number ≥ 0.
   */
  get lr(): number {
    return this.options.lr
  }

  /** From the next step on. */
  set lr(lr: number) {
    this.options = requireSettled(this.#definition, { ...this.options, lr })
  }

  /**
   * Moves every parameter that has a gradient; the others and their states stay as they are. Throws
   * a TapeError when a gradient cannot be read any more, a MemoryError when there is no memory
   * left; nothing has moved then.
   */
  step(): void {
    const due = this.parameters.flatMap((p, k) =>
      p.grad ? [{ k, p, g: p.grad, state: this.state[k] ?? this.newState(p, this.options) }] : [],
    )
    // What can fail does so before anything has changed.
    for (const { p, g, state } of due)
      bringIn([p, g, ...(Object.values(state.moments) as Tensor[])])
    for (const { k, p, g, state } of due) {
      this.state[k] = state
      state.t++
      this.#definition.update(p, g, state, this.options)
    }
  }

  /** Sets every parameter's gradient to null. */
  zeroGrad(): void {
    for (const p of this.parameters) clearGrad(p)
  }

  /** @internal What JSON.stringify writes. Test runners call it without a key, for a text. */
  toJSON(key?: string): OptimizerState<O, K> | string {
    return key === undefined ? `${this.#definition.name}, lr ${this.lr}` : this.stateDict()
  }

  /**
   * A copy of the options and of every parameter's state. Later steps do not change it.
   * JSON.stringify(optimiser) writes it.
   */
  stateDict(): OptimizerState<O, K> {
    const { options } = this
    const definition = this.#definition
    return {
      optimizer: definition.name,
      options: deepCopy(options),
      state: this.copiedStates(this.state, options),
    }
  }

  /**
   * Copies a state dict, or one that went through JSON, into this optimiser, options included: with the parameters of that time,
   * training goes on bit for bit.
   *
   * Throws a ValueError listing everything that does not fit; the optimiser is then unchanged.
   */
  loadStateDict(dict: OptimizerState<O, K>): void {
    const read = readOnce(dict)
    const problems = this.misfits(read)
    if (problems.length > 0)
      throw new ValueError(
        `${this.#definition.name}.loadStateDict: this state does not fit:\n  ` +
          problems.join('\n  '),
      )
    this.state = this.copiedStates(read.state, read.options)
    this.options = read.options
  }

  private newState(p: Tensor, options: O): ParameterState<K> {
    const names = this.#definition.momentNames(options)
    const moments = names.map((name) => [name, zeros(p.shape, { dtype: p.dtype })])
    return { t: 0, moments: Object.fromEntries(moments) as Record<K, Tensor> }
  }

  private copiedStates(
    states: readonly (ParameterState<K> | null)[],
    options: O,
  ): (ParameterState<K> | null)[] {
    return states.map((from, k) => {
      if (from === null) return null
      const to = this.newState(this.parameters[k], options)
      to.t = from.t
      for (const name of this.#definition.momentNames(options))
        to.moments[name].assign_(from.moments[name])
      return to
    })
  }

  /** Everything in a state dict that does not fit this optimiser, one phrase each. */
  private misfits({ optimizer, options, state, memory }: AnyVersion<O, K>): string[] {
    const { parameters } = this
    const definition = this.#definition
    if (optimizer !== definition.name)
      return [`expected the state of ${definition.name}, got that of ${shown(optimizer)}`]
    const wrong = wrongOptions(definition, options)
    if (wrong.length > 0) return wrong.map((problem) => `options: ${problem}`)
    if (state === undefined && memory !== undefined)
      return [
        'expected { optimizer, options, state }, got the older form: write state for memory, and ' +
          'in it moments for averages',
      ]
    if (!Array.isArray(state) || state.length !== parameters.length)
      return [
        `state: expected one for each of ${parameters.length} parameters, got ` +
          `${Array.isArray(state) ? state.length : shown(state)}`,
      ]
    const names = definition.momentNames(options)
    return parameters.flatMap((p, k) =>
      misfitsOf(p, state[k], names, definition.squares).map((problem) => `state ${k}: ${problem}`),
    )
  }
}

/** Everything in the state of one parameter that does not fit it, one phrase each. */
function misfitsOf<K extends string>(
  p: Tensor,
  state: ParameterState<K> | null,
  names: readonly K[],
  squares: readonly K[],
): string[] {
  if (state === null) return []
  if (typeof state !== 'object') return [`expected null or { t, moments }, got ${shown(state)}`]
  const { t, moments } = state
  const unknown = Object.keys(moments).filter((name) => !names.includes(name as K))
  return [
    ...(Number.isInteger(t) && t >= 0
      ? []
      : [`expected t to be a count of steps, got ${shown(t)}`]),
    ...names.flatMap((name) => {
      const [expected, got] = [p, moments[name]].map((x) =>
        x instanceof Tensor ? `${show(x.shape)} ${x.dtype}` : shown(x),
      )
      if (expected !== got) return [`expected ${name} to be ${expected}, got ${got}`]
      const negative = squares.includes(name) ? moments[name].elements().find((x) => x < 0) : null
      return negative == null ? [] : [`expected ${name} to be ≥ 0 everywhere, got ${negative}`]
    }),
    ...unknown.map((name) => `expected moments ${names.join(', ') || 'none'}, got ${name}`),
  ]
}

/** A state dict of this version, or of one in which `state` was called `memory`. */
interface AnyVersion<O, K extends string> extends OptimizerState<O, K> {
  memory?: unknown
}

/**
 * A state dict with each part read once: getters cannot give other values after the check. Parts
 * that are no objects stay as they are.
 */
function readOnce<O, K extends string>(dict: AnyVersion<O, K>): AnyVersion<O, K> {
  const { optimizer, options, state, memory } = dict ?? {}
  const read = (one: ParameterState<K> | null): ParameterState<K> | null => {
    if (typeof one !== 'object' || one === null) return one
    const { t, moments } = one
    const read = Object.entries({ ...moments }).map(([name, m]) => [name, revived(m)])
    return { t, moments: Object.fromEntries(read) }
  }
  return {
    optimizer,
    options: deepCopy({ ...options }),
    state: Array.isArray(state) ? Array.from(state, read) : state,
    memory,
  }
}
