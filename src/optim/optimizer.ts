// Optimizer: what SGD and Adam share (parameters, options, memory, state dicts); it knows no update
// rule.
import {
  bringIn,
  clearGrad,
  copied,
  isOptions,
  show,
  shown,
  Tensor,
  ValueError,
  zeros,
} from '../tensor/index.ts'
import { checkParameters } from './checks.ts'

/**
 * What an optimiser remembers about one parameter: how many steps it has taken, and averages of its
 * gradients, shaped as it is.
 */
export interface Memory<K extends string> {
  /** Steps taken. */
  t: number
  /** By the name of the letter in the paper. */
  averages: Record<K, Tensor>
}

/** Everything an optimiser needs to go on as if it had not stopped. */
export interface OptimizerState<O, K extends string> {
  /** Whose state it is: 'SGD', 'Adam' or 'AdamW'. */
  optimizer: string
  /** Every option, the learning rate as it was among them. */
  options: O
  /** One for each parameter, null while it has taken no step. */
  memory: (Memory<K> | null)[]
}

/** An optimiser with options O whose averages are named K. */
export abstract class Optimizer<O extends { lr: number }, K extends string> {
  protected options: O
  private readonly parameters: readonly Tensor[]
  private memory: (Memory<K> | null)[]

  constructor(parameters: readonly Tensor[], given: object) {
    if (!isOptions(given) && Object.keys(given ?? {}).length === 0)
      throw new ValueError(`${this.who()}: expected an object of options, got ${shown(given)}`)
    this.options = this.checked({ ...this.defaults(), ...plainOptions(given) } as O)
    this.parameters = checkParameters(this.who(), parameters)
    this.memory = this.parameters.map(() => null)
  }

  /** The name in messages and state dicts. */
  protected abstract who(): string

  /** The options that may be left out. */
  protected abstract defaults(): Partial<O>

  /** What is wrong with these options, one phrase each. */
  protected abstract wrong(options: O): string[]

  /** The averages that an optimiser with these options keeps. */
  protected abstract averages(options: O): readonly K[]

  /** Moves p along its gradient g, in place; memory.t counts this step already. */
  protected abstract update(p: Tensor, g: Tensor, memory: Memory<K>): void

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
      p.grad ? [{ k, p, g: p.grad, memory: this.memory[k] ?? this.blank(p, this.options) }] : [],
    )
    // All of them there, or an error before the first moves.
    for (const { p, g, memory } of due)
      bringIn([p, g, ...(Object.values(memory.averages) as Tensor[])])
    for (const { k, p, g, memory } of due) {
      this.memory[k] = memory
      memory.t++
      this.update(p, g, memory)
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
    const memory = this.memory.map(
      (one, k) => one && this.copy(one, this.parameters[k], this.options),
    )
    return { optimizer: this.who(), options: plainOptions(this.options), memory }
  }

  /**
   * Takes over a state dict, options included; with the parameters of that time, training goes on
   * bit for bit as it did.
   *
   * Throws a ValueError listing everything that does not fit; the optimiser is then unchanged.
   */
  loadStateDict(state: OptimizerState<O, K>): void {
    const plain = plainState(state)
    const problems = this.misfits(plain)
    if (problems.length > 0)
      throw new ValueError(
        `${this.who()}.loadStateDict: this state does not fit:\n  ${problems.join('\n  ')}`,
      )
    this.memory = plain.memory.map(
      (one, k) => one && this.copy(one, this.parameters[k], plain.options),
    )
    this.options = plain.options
  }

  private blank(p: Tensor, options: O): Memory<K> {
    const averages = this.averages(options).map((name) => [
      name,
      zeros(p.shape, { dtype: p.dtype }),
    ])
    return { t: 0, averages: Object.fromEntries(averages) as Record<K, Tensor> }
  }

  private copy(from: Memory<K>, p: Tensor, options: O): Memory<K> {
    const to = this.blank(p, options)
    to.t = from.t
    for (const name of this.averages(options)) to.averages[name].assign_(from.averages[name])
    return to
  }

  private misfits(state: OptimizerState<O, K>): string[] {
    if (state?.optimizer !== this.who())
      return [`expected the state of ${this.who()}, got that of ${shown(state?.optimizer)}`]
    const options = this.wrong(state.options)
    if (options.length > 0) return options.map((problem) => `options: ${problem}`)
    const count = this.parameters.length
    if (!Array.isArray(state.memory) || state.memory.length !== count)
      return [
        `memory: expected one for each of ${count} parameters, got ` +
          `${Array.isArray(state.memory) ? state.memory.length : shown(state.memory)}`,
      ]
    return this.parameters.flatMap((p, k) => {
      const one = state.memory[k]
      if (one === null) return []
      if (typeof one !== 'object')
        return [`memory ${k}: expected null or { t, averages }, got ${shown(one)}`]
      const steps =
        Number.isInteger(one.t) && one.t >= 0
          ? []
          : [`memory ${k}: expected t to be a count of steps, got ${shown(one.t)}`]
      const averages = this.averages(state.options).flatMap((name) => {
        const [expected, got] = [p, one.averages?.[name]].map((x) =>
          x instanceof Tensor ? `${show(x.shape)} ${x.dtype}` : shown(x),
        )
        return expected === got
          ? []
          : [`memory ${k}: expected ${name} to be ${expected}, got ${got}`]
      })
      return [...steps, ...averages]
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

/**
 * A state with each part read once, so that what is checked is what is taken over. What is no
 * object stays what it is.
 */
function plainState<O, K extends string>(state: OptimizerState<O, K>): OptimizerState<O, K> {
  const { optimizer, options, memory } = state ?? {}
  const plainMemory = (one: Memory<K> | null): Memory<K> | null => {
    if (typeof one !== 'object' || one === null) return one
    const { t, averages } = one
    return { t, averages: { ...averages } }
  }
  return {
    optimizer,
    options: plainOptions(options ?? {}) as O,
    memory: Array.isArray(memory) ? Array.from(memory, plainMemory) : memory,
  }
}
