// Module, the base of every layer: it finds parameters and children in a layer's own fields, and knows no layer in particular.
import { show, Tensor, ValueError } from '../tensor/index.ts'
import { kindOf } from './check.ts'

type Held = Tensor | Module

/** The tensors and modules in the field `name`: its value, or where that is an array, the elements by their index. */
function* heldIn(name: string, value: unknown): Generator<[string, Held]> {
  if (value instanceof Tensor || value instanceof Module) yield [name, value]
  else if (Array.isArray(value)) for (const [i, element] of value.entries()) yield* heldIn(`${name}.${i}`, element)
}

/**
 * A layer, or a model made of layers. Write a class with layers and tensors as fields and a `forward`; nothing is registered.
 * Fields are walked in the order of their declaration: tensors are the module's state, and those that require a gradient its parameters;
 * modules, and modules in arrays, are its children.
 *
 * @example
 * class Tagger extends Module {
 *   embedding = new Embedding(27, 32)
 *   lstm = new LSTM(32, 64)
 *   head = new Linear(64, 5)
 *   forward(words: Tensor) {
 *     return this.head.forward(this.lstm.forward(this.embedding.forward(words)).output)
 *   }
 * }
 * new Tagger().namedParameters()[0][0]   // 'embedding.weight'
 */
export abstract class Module {
  /** Whether layers that behave differently in training (dropout) do so. */
  training = true

  abstract forward(...args: never[]): unknown

  /** How this module names itself in messages and in `toString`, e.g. `LSTM(27 → 64)`. */
  protected describe(): string {
    return this.constructor.name
  }

  /** The fields that are walked. */
  protected fields(): [string, unknown][] {
    return Object.entries(this)
  }

  private held(): [string, Held][] {
    return this.fields().flatMap(([name, value]) => [...heldIn(name, value)])
  }

  private tensors(): [string, Tensor][] {
    return this.held().flatMap(([name, value]) =>
      value instanceof Tensor ? [[name, value] as [string, Tensor]] : value.tensors().map(([inner, t]): [string, Tensor] => [`${name}.${inner}`, t]),
    )
  }

  /** Every tensor below this module that requires a gradient, by its dotted name. One that is shared is listed once, under its first name. */
  namedParameters(): [string, Tensor][] {
    const seen = new Set<Tensor>()
    return this.tensors().filter(([, p]) => p.requiresGrad && !seen.has(p) && seen.add(p))
  }

  /** Every tensor below this module that requires a gradient, each once. */
  parameters(): Tensor[] {
    return this.namedParameters().map(([, p]) => p)
  }

  /** A copy of every tensor below this module by its dotted name, parameters and frozen ones alike. Later training does not change it. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(this.tensors().map(([name, t]) => [name, t.detach().clone()]))
  }

  /**
   * Copies the values of a state dict into this module's tensors.
   *
   * @throws ValueError listing every entry that is missing, unexpected, or of another shape or dtype; the module is then unchanged.
   */
  loadStateDict(state: Record<string, Tensor>): void {
    const who = `${this.describe()}.loadStateDict`
    if (typeof state !== 'object' || state === null) throw new ValueError(`${who}: expected an object of tensors by name, got ${kindOf(state)}`)
    const own = this.tensors()
    const problems = own.flatMap(([name, t]) => (Object.hasOwn(state, name) ? misfit(name, t, state[name]) : [`${name}: missing`]))
    const known = new Set(own.map(([name]) => name))
    for (const name of Object.keys(state)) if (!known.has(name)) problems.push(`${name}: unexpected`)
    if (problems.length > 0) throw new ValueError(`${who}: this state does not fit:\n  ${problems.join('\n  ')}`)
    // Copies first: one that cannot be read any more, or that is a tensor of this very module, is met before anything changes.
    const values = own.map(([name]) => state[name].detach().clone())
    own.forEach(([, t], k) => {
      t.assign_(values[k])
    })
  }

  /** Sets this module and all below it to training (dropout drops). */
  train(): this {
    return this.setTraining(true)
  }

  /** Sets this module and all below it to evaluation (dropout is the identity). */
  eval(): this {
    return this.setTraining(false)
  }

  private setTraining(training: boolean): this {
    this.training = training
    for (const [, value] of this.held()) if (value instanceof Module) value.setTraining(training)
    return this
  }

  /** The tree of modules and tensors, with shapes and parameter counts. */
  toString(): string {
    return [`${this.describe()} · ${count(this)} parameters`, ...this.branches()].join('\n')
  }

  private branches(): string[] {
    const held = this.held()
    return held.flatMap(([name, value], k) => {
      const [turn, stem] = k < held.length - 1 ? ['├─ ', '│  '] : ['└─ ', '   ']
      if (value instanceof Tensor) return `${turn}${name} ${show(value.shape)}${value.requiresGrad ? '' : ' without gradient'}`
      return [`${turn}${name}: ${value.describe()} · ${count(value)}`, ...value.branches().map((line) => stem + line)]
    })
  }
}

function misfit(name: string, own: Tensor, given: unknown): string[] {
  if (!own.isLeaf) return [`${name}: is the result of an op, not a parameter`]
  const wanted = `${show(own.shape)} ${own.dtype}`
  const got = given instanceof Tensor ? `${show(given.shape)} ${given.dtype}` : kindOf(given)
  return wanted === got ? [] : [`${name}: expected ${wanted}, got ${got}`]
}

function count(module: Module): string {
  return module
    .parameters()
    .reduce((sum, p) => sum + p.size, 0)
    .toLocaleString('en-US')
}
