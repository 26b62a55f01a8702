// Evaluates tensors in the field: each op that they were computed by, once, in order.

import type { Tensor } from '../../tensor/index.ts'
import { type BuiltInOp, builtInOp } from '../../tensor/internal.ts'
import { constantOf } from './array.ts'
import { chained, constant, type Dual } from './dual.ts'
import type { Generators } from './generators.ts'
import type { Site } from './ops/op.ts'
import { definitions } from './ops/table.ts'
import { relate } from './relate.ts'
import type { NoteSide } from './sides.ts'
import type { Made, Tape } from './tape.ts'

export class Evaluation {
  readonly #tape: Tape
  readonly #generators: Generators
  readonly #noteSide: NoteSide
  readonly #ofCotangents: Set<Tensor>
  readonly #values: Map<Tensor, Dual>
  /** How many ops were evaluated. */
  ops = 0

  /**
   * `given` are the values of inputs and cotangents; what else no op has made is a constant. With
   * `cotangents` the sides that they decide are told from others; ops are counted in order.
   */
  constructor(
    tape: Tape,
    generators: Generators,
    given: ReadonlyMap<Tensor, Dual>,
    noteSide: NoteSide = () => {},
    cotangents: readonly Tensor[] = [],
  ) {
    this.#tape = tape
    this.#generators = generators
    this.#values = new Map(given)
    this.#noteSide = noteSide
    this.#ofCotangents = new Set(cotangents)
  }

  /** A loop, never a recursion: a tape may be long. */
  valuesOf(roots: readonly Tensor[]): Dual[] {
    const open = [...roots]
    for (let t = open.at(-1); t !== undefined; t = open.at(-1)) {
      const made = this.#values.has(t) ? null : this.#tape.madeBy(t)
      const missing = made === null ? [] : inputsOf(made).filter((x) => !this.#values.has(x))
      if (missing.length > 0) {
        open.push(...missing)
        continue
      }
      open.pop()
      if (this.#values.has(t)) continue
      this.#values.set(t, made === null ? constant(constantOf(t)) : this.#compute(made, t))
    }
    return roots.map((t) => this.#values.get(t) as Dual)
  }

  #compute(made: Made, t: Tensor): Dual {
    this.ops++
    const isOfCotangent = inputsOf(made).some((x) => this.#ofCotangents.has(x))
    if (isOfCotangent) this.#ofCotangents.add(t)
    if (made.kind === 'defined') return this.#values.get(made.by) as Dual
    const { call } = made
    const inputs = call.inputs.map((x) => this.#values.get(x) as Dual)
    if (made.kind === 'free') return this.#free(made, inputs[0], t)
    const op = builtInOp(call.rule) as BuiltInOp
    const count = this.ops
    const site: Site = {
      op,
      attrs: call.attrs,
      tensors: call.inputs,
      out: t,
      generators: this.#generators,
      madeBy: (x) => {
        const by = this.#tape.madeBy(x)
        return by?.kind === 'built-in' ? { op: by.call.rule.name, inputs: by.call.inputs } : null
      },
      valueOf: (x) => this.valuesOf([x])[0],
      noteSide: (k, side) => this.#noteSide({ ...side, label: `${count} ${k}`, isOfCotangent }),
    }
    const y = definitions[op](inputs, site)
    if (this.#generators.isRelated) relate(op, inputs, y, site)
    return y
  }

  /** A function of which the slope alone is known. */
  #free({ call, slope }: Made & { kind: 'free' }, x: Dual, y: Tensor): Dual {
    const v = this.#generators.named(call.rule.name, x.v)
    const given = new Map([
      [call.inputs[0], constant(x.v)],
      [y, constant(v)],
    ])
    return chained(
      x,
      v,
      () => new Evaluation(this.#tape, this.#generators, given).valuesOf([slope])[0].v,
    )
  }
}

const inputsOf = (made: Made): readonly Tensor[] =>
  made.kind === 'defined' ? [made.by] : made.call.inputs
