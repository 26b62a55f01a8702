// Optimizer: what SGD and Adam share (parameters, options, state dicts); it knows no update
// rule.
import { Tensor, ValueError, zeros } from '../tensor/index.ts'
import { bringIn, clearGrad, copied, isOptions, show, shown } from '../tensor/internal.ts'
import { requireParameters } from './parameters.ts'

/**
 * What an optimiser remembers about one parameter: how many steps it has taken, and moments of its
 * gradients, shaped as it is.
 */
export interface ParameterState<K extends string> {
  /** Steps taken. */
  t: number
  /** By the name of the letter in the paper. */
  moments: Record<K, Tensor>
}

/** Everything an optimiser needs to go on as if it had not stopped. */
export interface OptimizerState<O, K extends string> {
  /** Whose state it is: 'SGD', 'Adam' or 'AdamW'. */
  optimizer: string
  /** Every option, the learning rate as it was among them. */
  options: O
  /** One for each parameter, null while it has taken no step. */
  state: (ParameterState<K> | null)[]
}

/** An optimiser with options O whose moments are named K. */
export abstract class Optimizer<O extends { lr: number }, K extends string> {
  protected options: O
  private readonly parameters: readonly Tensor[]
  private state: (ParameterState<K> | null)[]

  constructor(parameters: readonly Tensor[], given: object) {
    if (!isOptions(given) && Object.keys(given ?? {}).length === 0)
      throw new ValueError(`${this.who()}: expected an object of options, got ${shown(given)}`)
    this.options = this.checked({ ...this.defaults(), ...plainOptions(given) } as O)
    this.parameters = requireParameters(this.who(), parameters)
    this.state = this.parameters.map(() => null)
  }

  /** The name in messages and state dicts. */
  protected abstract who(): string

  /** The options that may be left out. */
  protected abstract defaults(): Partial<O>

  /** What is wrong with these options, one phrase each. */
  protected abstract wrong(options: O): string[]

  /** The moments that an optimiser with these options keeps. */
  protected abstract moments(options: O): readonly K[]

  /** Moves p along its gradient g, in place; state.t counts this step already. */
  protected abstract update(p: Tensor, g: Tensor, state: ParameterState<K>): void

  private checked(options: O): O {
    const [problem] = this.wrong(options)
    if (problem) throw new ValueError(`${this.who()}: ${problem}`)
    return options
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
    this.options = this.checked({ ...this.options, lr })
  }

  /**
   * Moves every parameter that has a gradient; the others, and what is remembered about them, stay
   * as they are. Throws a TapeError when a gradient cannot be read any more, a MemoryError when
   * there is no room; nothing has moved then.
   */
  step(): void {
    const due = this.parameters.flatMap((p, k) =>
      p.grad ? [{ k, p, g: p.grad, state: this.state[k] ?? this.blank(p, this.options) }] : [],
    )
    // All of them there, or an error before the first moves.
    for (const { p, g, state } of due)
      bringIn([p, g, ...(Object.values(state.moments) as Tensor[])])
    for (const { k, p, g, state } of due) {
      this.state[k] = state
      state.t++
      this.update(p, g, state)
    }
  }

  /** Sets every parameter's gradient to null. */
  zeroGrad(): void {
    for (const p of this.parameters) clearGrad(p)
  }

  /**
   * A copy of the options and of what is remembered about each parameter. Later steps do not change
   * it.
   */
  stateDict(): OptimizerState<O, K> {
    const state = this.state.map(
      (one, k) => one && this.copy(one, this.parameters[k], this.options),
    )
    return { optimizer: this.who(), options: plainOptions(this.options), state }
  }

  /**
   * Takes over a state dict, options included; with the parameters of that time, training goes on
   * bit for bit as it did.
   *
   * Throws a ValueError listing everything that does not fit; the optimiser is then unchanged.
   */
  loadStateDict(dict: OptimizerState<O, K>): void {
    const plain = plainState(dict)
    const problems = this.misfits(plain)
    if (problems.length > 0)
      throw new ValueError(
        `${this.who()}.loadStateDict: this state does not fit:\n  ${problems.join('\n  ')}`,
      )
    this.state = plain.state.map(
      (one, k) => one && this.copy(one, this.parameters[k], plain.options),
    )
    this.options = plain.options
  }

  private blank(p: Tensor, options: O): ParameterState<K> {
    const moments = this.moments(options).map((name) => [name, zeros(p.shape, { dtype: p.dtype })])
    return { t: 0, moments: Object.fromEntries(moments) as Record<K, Tensor> }
  }

  private copy(from: ParameterState<K>, p: Tensor, options: O): ParameterState<K> {
    const to = this.blank(p, options)
    to.t = from.t
    for (const name of this.moments(options)) to.moments[name].assign_(from.moments[name])
    return to
  }

  private misfits(dict: PlainState<O, K>): string[] {
    if (dict?.optimizer !== this.who())
      return [`expected the state of ${this.who()}, got that of ${shown(dict?.optimizer)}`]
    const options = this.wrong(dict.options)
    if (options.length > 0) return options.map((problem) => `options: ${problem}`)
    if (dict.isOlder)
      return [
        'expected { optimizer, options, state }, got the older form: write state for memory, ' +
          'and in ' +
          'it moments for averages',
      ]
    const count = this.parameters.length
    if (!Array.isArray(dict.state) || dict.state.length !== count)
      return [
        `state: expected one for each of ${count} parameters, got ` +
          `${Array.isArray(dict.state) ? dict.state.length : shown(dict.state)}`,
      ]
    return this.parameters.flatMap((p, k) => {
      const one = dict.state[k]
      if (one === null) return []
      if (typeof one !== 'object')
        return [`state ${k}: expected null or { t, moments }, got ${shown(one)}`]
      const steps =
        Number.isInteger(one.t) && one.t >= 0
          ? []
          : [`state ${k}: expected t to be a count of steps, got ${shown(one.t)}`]
      const names = this.moments(dict.options)
      const unknown = Object.keys(one.moments ?? {}).filter((name) => !names.includes(name as K))
      const moments = names.flatMap((name) => {
        const [expected, got] = [p, one.moments?.[name]].map((x) =>
          x instanceof Tensor ? `${show(x.shape)} ${x.dtype}` : shown(x),
        )
        return expected === got
          ? []
          : [`state ${k}: expected ${name} to be ${expected}, got ${got}`]
      })
      return [
        ...steps,
        ...moments,
        ...unknown.map(
          (name) => `state ${k}: expected moments ${names.join(', ') || 'none'}, got ${name}`,
        ),
      ]
    })
  }
}

/**
 * The options that are given, each read once, lists copied: what they become later is nobody's
 * business here.
 */
const plainOptions = <O extends object>(options: O): O =>
  copied(
    Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as O,
  )

/** The form of state dicts before they had PyTorch's words. */
interface Older {
  memory?: unknown
}

interface PlainState<O, K extends string> extends OptimizerState<O, K> {
  isOlder: boolean
}

/**
 * A state with each part read once, so that what is checked is what is taken over. What is no
 * object stays what it is.
 */
function plainState<O, K extends string>(dict: OptimizerState<O, K> & Older): PlainState<O, K> {
  const { optimizer, options, state, memory } = dict ?? {}
  const plain = (one: ParameterState<K> | null): ParameterState<K> | null => {
    if (typeof one !== 'object' || one === null) return one
    const { t, moments } = one
    return { t, moments: { ...moments } }
  }
  return {
    isOlder: state === undefined && memory !== undefined,
    optimizer,
    options: plainOptions(options ?? {}) as O,
    state: Array.isArray(state) ? Array.from(state, plain) : state,
  }
}
