// Optimizer: groups of parameters, steps and state dicts, which all optimisers share; it knows no
// update rule.
import { type Tensor, ValueError, zeros } from '../tensor/index.ts'
import { bringIn, clearGrad, deepCopy } from '../tensor/internal.ts'
import type { Definition, ParameterState } from './definition.ts'
import {
  type Group,
  groupsOf,
  type ParamGroup,
  type ParamGroupInit,
  setOption,
  shownGroup,
} from './groups.ts'
import type { Params } from './parameters.ts'
import { fitted, type GroupState, type OptimizerState, type UngroupedState } from './stateDict.ts'

/** A parameter that a step moves. */
interface Due<O, K extends string> {
  readonly k: number
  readonly p: Tensor
  readonly g: Tensor
  readonly options: O
  readonly state: ParameterState<K>
}

/** An optimiser with options O, whose moments are named K. */
export abstract class Optimizer<O extends { lr: number }, K extends string> {
  /** No ordinary field: structuredClone() refuses functions in its own words. */
  readonly #definition: Definition<O, K>
  readonly #groups: readonly Group<O>[]
  /**
   * The groups of parameters, one where none were given. Set an option of one between steps, for
   * example `lr` to follow a schedule: `group.lr = group.initialLr * factor`.
   */
  readonly paramGroups: readonly ParamGroup<O>[]
  private state: (ParameterState<K> | null)[]

  constructor(
    definition: Definition<O, K>,
    parameters: Params | readonly ParamGroupInit<O>[],
    options: Partial<O>,
  ) {
    this.#definition = definition
    this.#groups = groupsOf(definition, parameters, options)
    this.paramGroups = Object.freeze(this.#groups.map((group) => shownGroup(definition, group)))
    this.state = this.#groups.flatMap(({ params }) => params.map(() => null))
  }

  /**
   * The learning rate of all groups. Set it between steps to follow a schedule. Throws a ValueError
   * unless it is a finite number ≥ 0, and where groups have learning rates of their own: read and
   * set those in `paramGroups`.
   */
  get lr(): number {
    const [{ options }] = this.#groups
    this.#requireOneRate('lr', (group) => group.options.lr)
    return options.lr
  }

  /** From the next step on. */
  set lr(lr: number) {
    this.#requireOneRate('lr', (group) => group.options.lr)
    this.#requireOneRate('initialLr', (group) => group.initialLr)
    for (const group of this.#groups) setOption(this.#definition, group, 'lr', lr)
  }

  #requireOneRate(name: string, rateOf: (group: Group<O>) => number): void {
    const rates = new Set(this.#groups.map(rateOf))
    if (rates.size > 1)
      throw new ValueError(
        `${this.#definition.name}: expected groups of one ${name}, got ${[...rates].join(', ')}: ` +
          'read and set lr of each in paramGroups',
      )
  }

  /**
   * Moves every parameter that has a gradient; the others and their states stay as they are. Throws
   * a TapeError when a gradient cannot be read any more, a MemoryError when there is no memory
   * left; nothing has moved then.
   */
  step(): void {
    const due: Due<O, K>[] = []
    for (const { params, from, options } of this.#groups)
      for (let i = 0; i < params.length; i++) {
        const [k, p] = [from + i, params[i]]
        const { grad: g } = p
        if (g !== null) due.push({ k, p, g, options, state: this.#stateOf(k, p, options) })
      }
    // What can fail does so before anything has changed.
    for (const { p, g, state } of due)
      bringIn([p, g, ...(Object.values(state.moments) as Tensor[])])
    for (const { k, p, g, options, state } of due) {
      this.state[k] = state
      state.t++
      this.#definition.update(p, g, state, options)
    }
  }

  /** Sets every parameter's gradient to null. */
  zeroGrad(): void {
    for (const { params } of this.#groups) for (const p of params) clearGrad(p)
  }

  /** @internal What JSON.stringify writes. Test runners call it without a key, for a text. */
  toJSON(key?: string): OptimizerState<O, K> | string {
    return key === undefined ? `${this.#definition.name}, lr ${this.lr}` : this.stateDict()
  }

  /**
   * A copy of every group's options and of every parameter's state. Later steps do not change it.
   * With `model.stateDict()` and `randomState()` it is all that a training needs to go on.
   * JSON.stringify(optimiser) writes it.
   */
  stateDict(): OptimizerState<O, K> {
    return {
      optimizer: this.#definition.name,
      paramGroups: this.#groups.map(
        ({ options, initialLr, params, names, from }): GroupState<O> => ({
          ...deepCopy(options),
          initialLr,
          params: params.map((_, i) => from + i),
          paramNames: names && [...names],
        }),
      ),
      state: this.#copied({ groups: this.#groups, state: this.state }),
    }
  }

  /**
   * Copies a state dict, or one that went through JSON, into this optimiser, the groups' options
   * included: with the parameters of that time, training goes on bit for bit. States are matched by
   * the names of the parameters where this optimiser and the one of the state dict were given
   * names, else by position.
   *
   * Throws a ValueError listing everything that does not fit: names that are missing, unexpected or
   * in another group, other shapes and dtypes; the optimiser is then unchanged.
   */
  loadStateDict(dict: OptimizerState<O, K> | UngroupedState<O, K>): void {
    const fit = fitted(this.#definition, this.#groups, dict)
    if (Array.isArray(fit))
      throw new ValueError(
        `${this.#definition.name}.loadStateDict: this state does not fit:\n  ${fit.join('\n  ')}`,
      )
    this.state = this.#copied(fit)
    for (const [g, { options, initialLr }] of fit.groups.entries()) {
      this.#groups[g].options = options
      this.#groups[g].initialLr = initialLr
    }
  }

  #stateOf(k: number, p: Tensor, options: O): ParameterState<K> {
    return this.state[k] ?? this.#newState(p, options)
  }

  #newState(p: Tensor, options: O): ParameterState<K> {
    const names = this.#definition.momentNames(options)
    const moments = names.map((name) => [name, zeros(p.shape, { dtype: p.dtype })])
    return { t: 0, moments: Object.fromEntries(moments) as Record<K, Tensor> }
  }

  /** Copies of the states of all parameters, with the moments that these options ask for. */
  #copied({
    groups,
    state,
  }: {
    groups: readonly { options: O }[]
    state: readonly (ParameterState<K> | null)[]
  }): (ParameterState<K> | null)[] {
    return this.#groups.flatMap(({ params, from }, g) =>
      params.map((p, i) => {
        const before = state[from + i]
        if (before === null) return null
        const to = this.#newState(p, groups[g].options)
        to.t = before.t
        for (const name of Object.keys(to.moments) as K[])
          to.moments[name].assign_(before.moments[name])
        return to
      }),
    )
  }
}
