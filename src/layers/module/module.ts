// Module, the base of every layer: it finds parameters and children in a layer's own fields, and
// knows no layer in particular.
import { Tensor, ValueError } from '../../tensor/index.ts'
import { KIND, OURS, requireChangeable, show, shown } from '../../tensor/internal.ts'
import { noteMade, refuseHidden } from './hidden.ts'
import { type Branch, countOf, DEEPEST, draw, grouped, noteOf, notesOf } from './tree.ts'
import { contentsOf, type Kind } from './walk.ts'

/**
 * A layer, or a model made of layers. Write a class with layers and tensors as fields and a
 * `forward`; nothing is registered. Fields are walked in the order of their declaration, and so are
 * plain objects, arrays, Maps (keys are strings or numbers) and Sets in them, to any depth: tensors
 * are the module's state, and those that require a gradient its parameters; modules are its
 * children. What refers back, as in `child.parent = this`, is walked once.
 *
 * What JavaScript shows to nobody else is not seen: `#private` fields and `accessor`s, and neither
 * is what instances of classes that are no Module hold. A class whose source puts a module into a
 * `#private` field is refused by the field's name. Give such a field to the walk with `fields()`:
 *
 * ```ts
 * class Secret extends Module {
 *   #inner = new Linear(2, 2)
 *   protected override fields(): [string, unknown][] {
 *     return [...super.fields(), ['inner', this.#inner]]
 *   }
 *   forward(x: Tensor) {
 *     return this.#inner.forward(x)
 *   }
 * }
 * new Secret().namedParameters()[0][0] // 'inner.weight'
 * ```
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

  constructor() {
    noteMade(this.constructor)
  }

  /** @internal */
  get [KIND](): string {
    return 'Module'
  }
  /** @internal */
  get [OURS](): boolean {
    return true
  }

  /** What the module computes, of whatever it takes. */
  abstract forward(...args: never[]): unknown

  /** How this module names itself in messages and in `toString`, e.g. `LSTM(27 → 64)`. */
  protected describe(): string {
    return this.constructor.name
  }

  /**
   * The fields that are walked; override it to add what is in `#private` ones. Throws a ValueError
   * for a class that puts a module there and does not.
   */
  protected fields(): [string, unknown][] {
    if (this.fields === Module.prototype.fields)
      refuseHidden(this.describe(), this.constructor, Module)
    return Object.entries(this)
  }

  /**
   * Every tensor below this module that requires a gradient, by its dotted name. One that is shared
   * is listed once, under its first name. Throws a ValueError for a tensor that no name leads to:
   * one in a field named by a symbol, or in a Map whose keys are objects.
   */
  namedParameters(): [string, Tensor][] {
    const seen = new Set<Tensor>()
    return tensorsOf(contentsOf(this, kind, true)).filter(
      ([, p]) => p.requiresGrad && !seen.has(p) && seen.add(p),
    )
  }

  /** Every tensor below this module that requires a gradient, each once. */
  parameters(): Tensor[] {
    return this.namedParameters().map(([, p]) => p)
  }

  /**
   * A copy of every tensor below this module by its dotted name, parameters and frozen ones alike.
   * Later training does not change it. Throws a ValueError for two tensors of one name.
   */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries([...stateOf(this)].map(([name, t]) => [name, t.detach().clone()]))
  }

  /**
   * Copies the values of a state dict into this module's tensors.
   *
   * Throws a ValueError listing every entry that is missing, unexpected, or of another shape or
   * dtype, a TapeError where the module holds the result of an op or what a shape op copied; the
   * module is then unchanged.
   */
  loadStateDict(state: Record<string, Tensor>): void {
    const who = `${this.describe()}.loadStateDict`
    if (typeof state !== 'object' || state === null)
      throw new ValueError(`${who}: expected an object of tensors by name, got ${shown(state)}`)
    const own = stateOf(this)
    const given = new Map<string, unknown>(Object.entries(state))
    const problems = [...own].flatMap(([name, t]) =>
      given.has(name) ? misfit(name, t, given.get(name)) : [`${name}: missing`],
    )
    for (const name of given.keys()) if (!own.has(name)) problems.push(`${name}: unexpected`)
    if (problems.length > 0)
      throw new ValueError(`${who}: this state does not fit:\n  ${problems.join('\n  ')}`)
    for (const [name, t] of own) requireChangeable(`${who}: ${name}`, t)
    // Copies first, and all in their places: what cannot be read any more, is a tensor of this very
    // module, or finds no room, is met before anything changes.
    const changes = [...own].map(([name, to]) => ({
      to,
      value: (given.get(name) as Tensor).detach().clone(),
    }))
    for (const { to, value } of changes) for (const t of [to, value]) t.storedAddress()
    for (const { to, value } of changes) to.assign_(value)
  }

  /** Sets this module and all below it to training (dropout drops). */
  train(): this {
    return setTraining(this, true)
  }

  /** Sets this module and all below it to evaluation (dropout is the identity). */
  eval(): this {
    return setTraining(this, false)
  }

  /**
   * The tree of modules with the shapes of their tensors and the number of their parameters, per
   * layer and in total; what a console shows.
   */
  toString(): string {
    const total = grouped(countOf(this.parameters()))
    const below = Module.#branches(this, '', new Map([[this, 'the model']]), DEEPEST)
    return [
      `${this.describe()} · ${total} parameters${this.training ? '' : ' · eval'}`,
      ...draw(below),
    ].join('\n')
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  /**
   * What the tree shows below a module. The tensors of the model itself have lines of their own,
   * those of its layers stand beside the layer.
   */
  static #branches(
    module: Module,
    path: string,
    seen: Map<Module, string>,
    levels: number,
  ): Branch[] {
    const held = contentsOf(module, kind, false)
    if (levels === 0)
      return held.some(([, value]) => value instanceof Module)
        ? [{ label: '…', count: 0, notes: 'deeper layers are not shown', branches: [] }]
        : []
    const groups = module.tensorGroups(tensorsOf(held))
    const lines = groups.map(([label, tensors]) => ({
      label,
      count: countOf(tensors.map(([, t]) => t)),
      notes: notesOf(tensors),
      branches: [],
    }))
    const others = held.flatMap(([name, value]): Branch[] => {
      if (value instanceof Tensor)
        return path === '' && groups.length === 0
          ? [{ label: name, count: countOf([value]), notes: noteOf(value), branches: [] }]
          : []
      const mode = value.training === module.training ? '' : value.training ? ' · train' : ' · eval'
      const label = `${name}: ${value.describe()}${mode}`
      const first = seen.get(value)
      if (first !== undefined)
        return [{ label, count: countOf(value.parameters()), notes: `is ${first}`, branches: [] }]
      const inner = path === '' ? name : `${path}.${name}`
      seen.set(value, inner)
      const own = tensorsOf(contentsOf(value, kind, false))
      const notes = value.tensorGroups(own).length > 0 ? '' : notesOf(own)
      return [
        {
          label,
          count: countOf(value.parameters()),
          notes,
          branches: Module.#branches(value, inner, seen, levels - 1),
        },
      ]
    })
    return [...lines, ...others]
  }

  /**
   * This module's own tensors in the groups that `toString` gives lines of their own, with the
   * label of each; none by default.
   */
  protected tensorGroups(
    _own: readonly [string, Tensor][],
  ): readonly (readonly [label: string, tensors: readonly (readonly [string, Tensor])[]])[] {
    return []
  }
}

/** How the walk reads modules, protected as their fields are. */
const kind: Kind<Module> = {
  is: (value) => value instanceof Module,
  fields: (module) => (module as unknown as { fields(): [string, unknown][] }).fields(),
}

const tensorsOf = (held: readonly [string, Tensor | Module][]): [string, Tensor][] =>
  held.flatMap(([name, value]) => (value instanceof Tensor ? [[name, value]] : []))

/** Every tensor below a module by its name, those that are shared under each of theirs. */
function stateOf(module: Module): Map<string, Tensor> {
  const state = new Map<string, Tensor>()
  for (const [name, t] of tensorsOf(contentsOf(module, kind, true))) {
    if ((state.get(name) ?? t) !== t)
      throw new ValueError(
        `${name}: expected one tensor of this name, got two: rename a field or a key`,
      )
    state.set(name, t)
  }
  return state
}

function setTraining<M extends Module>(module: M, training: boolean): M {
  module.training = training
  for (const [, value] of contentsOf<Module>(module, kind, true))
    if (value instanceof Module) value.training = training
  return module
}

function misfit(name: string, own: Tensor, given: unknown): string[] {
  const wanted = `${show(own.shape)} ${own.dtype}`
  const got = given instanceof Tensor ? `${show(given.shape)} ${given.dtype}` : shown(given)
  return wanted === got ? [] : [`${name}: expected ${wanted}, got ${got}`]
}
