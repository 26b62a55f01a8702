// Module, the base of every layer: it finds parameters and children in a layer's own fields, and knows no layer in particular.
import { resemblesTensor, show, shown, Tensor, ValueError } from '../tensor/index.ts'
import { type Branch, countOf, draw, grouped, noteOf, notesOf } from './tree.ts'

type Held = Tensor | Module

/** Whether this is a tensor or module, but of another copy of the package: it would be passed over in silence. */
const isForeign = (value: unknown): boolean =>
  resemblesTensor(value) || (typeof value === 'object' && value !== null && 'namedParameters' in value && 'loadStateDict' in value)

/** The tensors and modules in the field `name`: its value, or where that is an array, the elements by their index. */
function* heldIn(name: string, value: unknown): Generator<[string, Held]> {
  if (value instanceof Tensor || value instanceof Module) yield [name, value]
  else if (isForeign(value)) throw new ValueError(`${name}: expected what this copy of tapegrad made, got one of another copy: load the package once`)
  else if (Array.isArray(value)) for (const [i, element] of value.entries()) yield* heldIn(`${name}.${i}`, element)
}

/**
 * A layer, or a model made of layers. Write a class with layers and tensors as fields and a `forward`; nothing is registered.
 * Fields are walked in the order of their declaration: tensors are the module's state, and those that require a gradient its parameters;
 * modules, and modules in arrays, are its children.
 *
 * ```ts
 * class Tagger extends Module {
 *   embedding = new Embedding(27, 32)
 *   lstm = new LSTM(32, 64)
 *   head = new Linear(64, 5)
 *   forward(words: Tensor) {
 *     return this.head.forward(this.lstm.forward(this.embedding.forward(words)).output)
 *   }
 * }
 * new Tagger().namedParameters()[0][0] // 'embedding.weight'
 * new Tagger().forward(zeros([2, 7], { dtype: 'int32' })) // (2, 7, 5)
 * ```
 */
export abstract class Module {
  /** Whether layers that behave differently in training (dropout) do so. */
  training = true

  /** What the module computes, of whatever it takes. */
  abstract forward(...args: never[]): unknown

  /** How this module names itself in messages and in `toString`, e.g. `LSTM(27 → 64)`. */
  protected describe(): string {
    return this.constructor.name
  }

  /** The fields that are walked. */
  protected fields(): [string, unknown][] {
    return Object.entries(this)
  }

  #held(): [string, Held][] {
    return this.fields().flatMap(([name, value]) => [...heldIn(name, value)])
  }

  #tensors(): [string, Tensor][] {
    return this.#held().flatMap(([name, value]) =>
      value instanceof Tensor ? [[name, value] as [string, Tensor]] : value.#tensors().map(([inner, t]): [string, Tensor] => [`${name}.${inner}`, t]),
    )
  }

  /** Every tensor below this module that requires a gradient, by its dotted name. One that is shared is listed once, under its first name. */
  namedParameters(): [string, Tensor][] {
    const seen = new Set<Tensor>()
    return this.#tensors().filter(([, p]) => p.requiresGrad && !seen.has(p) && seen.add(p))
  }

  /** Every tensor below this module that requires a gradient, each once. */
  parameters(): Tensor[] {
    return this.namedParameters().map(([, p]) => p)
  }

  /** A copy of every tensor below this module by its dotted name, parameters and frozen ones alike. Later training does not change it. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(this.#tensors().map(([name, t]) => [name, t.detach().clone()]))
  }

  /**
   * Copies the values of a state dict into this module's tensors.
   *
   * Throws a ValueError listing every entry that is missing, unexpected, or of another shape or dtype; the module is then unchanged.
   */
  loadStateDict(state: Record<string, Tensor>): void {
    const who = `${this.describe()}.loadStateDict`
    if (typeof state !== 'object' || state === null) throw new ValueError(`${who}: expected an object of tensors by name, got ${shown(state)}`)
    const own = this.#tensors()
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
    return this.#setTraining(true)
  }

  /** Sets this module and all below it to evaluation (dropout is the identity). */
  eval(): this {
    return this.#setTraining(false)
  }

  #setTraining(training: boolean): this {
    this.training = training
    for (const [, value] of this.#held()) if (value instanceof Module) value.#setTraining(training)
    return this
  }

  /** The tree of modules with the shapes of their tensors and the number of their parameters, per layer and in total; what a console shows. */
  toString(): string {
    const total = grouped(countOf(this.parameters()))
    return [`${this.describe()} · ${total} parameters${this.training ? '' : ' · eval'}`, ...draw(this.#branches('', new Map([[this, 'the model']])))].join('\n')
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  /** What the tree shows below this module. The tensors of the model itself have lines of their own, those of its layers stand beside the layer. */
  #branches(path: string, seen: Map<Module, string>): Branch[] {
    const held = this.#held()
    const groups = this.tensorGroups(tensorsOf(held))
    const lines = groups.map(([label, tensors]) => ({ label, count: countOf(tensors.map(([, t]) => t)), notes: notesOf(tensors), branches: [] }))
    const others = held.flatMap(([name, value]): Branch[] => {
      if (value instanceof Tensor)
        return path === '' && groups.length === 0 ? [{ label: name, count: countOf([value]), notes: noteOf(value), branches: [] }] : []
      const mode = value.training === this.training ? '' : value.training ? ' · train' : ' · eval'
      const label = `${name}: ${value.describe()}${mode}`
      const first = seen.get(value)
      if (first !== undefined) return [{ label, count: countOf(value.parameters()), notes: `is ${first}`, branches: [] }]
      const inner = path === '' ? name : `${path}.${name}`
      seen.set(value, inner)
      const own = tensorsOf(value.#held())
      const notes = value.tensorGroups(own).length > 0 ? '' : notesOf(own)
      return [{ label, count: countOf(value.parameters()), notes, branches: value.#branches(inner, seen) }]
    })
    return [...lines, ...others]
  }

  /** This module's own tensors in the groups that `toString` gives lines of their own, with the label of each; none by default. */
  protected tensorGroups(_own: readonly [string, Tensor][]): readonly (readonly [label: string, tensors: readonly (readonly [string, Tensor])[]])[] {
    return []
  }
}

const tensorsOf = (held: readonly [string, Held][]): [string, Tensor][] => held.flatMap(([name, value]) => (value instanceof Tensor ? [[name, value]] : []))

function misfit(name: string, own: Tensor, given: unknown): string[] {
  if (!own.isLeaf) return [`${name}: is the result of an op, not a parameter`]
  const wanted = `${show(own.shape)} ${own.dtype}`
  const got = given instanceof Tensor ? `${show(given.shape)} ${given.dtype}` : shown(given)
  return wanted === got ? [] : [`${name}: expected ${wanted}, got ${got}`]
}
