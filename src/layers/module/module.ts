// Module, the base of every layer: it finds parameters and children in a layer's own fields, and
// knows no layer in particular.
import { Tensor, ValueError } from '../../tensor/index.ts'
import { KIND, OURS, requireFlag, requireOptions } from '../../tensor/internal.ts'
import { contentsOf, type ModuleReader } from './contents.ts'
import { noteModuleClass, requireNoneHidden } from './hidden.ts'
import { type LoadOptions, loadInto, type UnmatchedKeys } from './state.ts'
import { type Branch, countOf, DEEPEST, draw, grouped, noteOf, notesOf } from './tree.ts'

const NOT_CLONED = /* @__PURE__ */ Symbol(
  'a Module: send JSON.stringify of it or of its stateDict()',
)
/**
 * A layer, or a model made of layers. Write a class with layers and tensors as fields and a
 * `forward`; nothing is registered. Fields are visited in the order of their declaration, and so
 * are plain objects, arrays, Maps (keys are strings or numbers) and Sets in them, to any depth:
 * tensors are the module's state, and those that require a gradient its parameters; modules are its
 * children. A reference back, as in `child.parent = this`, is not followed.
 *
 * `#private` fields and `accessor`s cannot be read from outside: they are not visited. Nor are the
 * fields of other classes' instances. A class whose source puts a module into a `#private` field is
 * refused by the field's name. Override `fields()` to list such a field:
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
  /**
   * @internal Makes structuredClone() and postMessage() refuse, and is shown by their error: a
   * clone has no methods, and nothing of #private fields. It comes before fields that they would
   * refuse in their own words.
   */
  readonly 'not to be cloned' = NOT_CLONED

  /** Whether layers that behave differently in training (dropout) do so. */
  training = true

  constructor() {
    noteModuleClass(this.constructor)
  }

  /** @internal */
  get [KIND](): string {
    return 'Module'
  }
  /** @internal */
  get [OURS](): boolean {
    return true
  }

  /** The module's function; its arguments and result are up to the class. */
  abstract forward(...args: never[]): unknown

  /** The module's name in messages and in `toString`, e.g. `LSTM(27 → 64)`. */
  protected describe(): string {
    return this.constructor.name
  }

  /**
   * The fields that are visited. Override it to add `#private` ones. Throws a ValueError for a
   * class that puts a module into one and does not override it.
   */
  protected fields(): [string, unknown][] {
    if (this.fields === Module.prototype.fields)
      requireNoneHidden(this.describe(), this.constructor, Module)
    return Object.entries(this)
  }

  /**
   * Every tensor below this module that requires a gradient, by its dotted name. One that is shared
   * is listed once, under its first name. Throws a ValueError for a tensor without a name: in a
   * field named by a symbol, or in a Map whose keys are objects.
   */
  namedParameters(): [string, Tensor][] {
    const seen = new Set<Tensor>()
    return tensorsOf(contentsOf(this, reader, true)).filter(
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
   * JSON.stringify(model) writes it.
   */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries([...stateOf(this)].map(([name, t]) => [name, t.detach().clone()]))
  }

  /**
   * Copies the values of a state dict, or of one that went through JSON, into this module's
   * tensors. With `strict` false, a tensor
   * whose name is missing stays as it is, and an unexpected entry is passed over. Gives the names
   * of both, as PyTorch does.
   *
   * Throws a ValueError listing every entry that is of another shape or dtype and, unless `strict`
   * is false, missing or unexpected, a TapeError where the module holds the result of an op or the
   * copy that a shape op made; the module is then unchanged.
   *
   * ```ts
   * const pretrained = { weight: ones([2, 3]), scale: ones([2]) }
   * const linear = new Linear(3, 2)
   * const { missingKeys, unexpectedKeys } = linear.loadStateDict(pretrained, { strict: false })
   * missingKeys // ['bias']
   * unexpectedKeys // ['scale']
   * ```
   */
  loadStateDict(state: Record<string, Tensor>, options: LoadOptions = {}): UnmatchedKeys {
    const who = `${this.describe()}.loadStateDict`
    const { strict = true } = requireOptions(who, options, ['strict'])
    requireFlag(who, 'strict', strict)
    return loadInto(who, stateOf(this), state, strict)
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
   * layer and in total. A console shows it.
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

  /** @internal What JSON.stringify writes. Test runners call it without a key, for a text. */
  toJSON(key?: string): Record<string, Tensor> | string {
    return key === undefined ? this.toString() : this.stateDict()
  }

  /**
   * The tree below a module. The tensors of the model itself have lines of their own, those of its
   * layers stand beside the layer.
   */
  static #branches(
    module: Module,
    path: string,
    seen: Map<Module, string>,
    levels: number,
  ): Branch[] {
    const held = contentsOf(module, reader, false)
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
      const own = tensorsOf(contentsOf(value, reader, false))
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

/** Reads fields(), which is protected. */
const reader: ModuleReader<Module> = {
  is: (value) => value instanceof Module,
  fields: (module) => (module as unknown as { fields(): [string, unknown][] }).fields(),
}

const tensorsOf = (held: readonly [string, Tensor | Module][]): [string, Tensor][] =>
  held.flatMap(([name, value]) => (value instanceof Tensor ? [[name, value]] : []))

/** Every tensor below a module by its name, those that are shared under each of theirs. */
function stateOf(module: Module): Map<string, Tensor> {
  const state = new Map<string, Tensor>()
  for (const [name, t] of tensorsOf(contentsOf(module, reader, true))) {
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
  for (const [, value] of contentsOf<Module>(module, reader, true))
    if (value instanceof Module) value.training = training
  return module
}
