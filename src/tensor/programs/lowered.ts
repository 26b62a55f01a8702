// A planned step as programs, forward and backward, and the operands that they read and write. The
// loop over time is ops/sequence.ts.

import type { InOperand, Output } from './assemble.ts'
import { derivativeOf } from './derivative.ts'
import type { Segment } from './lower.ts'
import type { Plan } from './plan.ts'
import { Program } from './program.ts'
import { chosenSaved, firstLevel } from './saving.ts'
import { type Part, type Value, valuesBehind } from './values.ts'

/** Rows besides those of the sources, by the numbers of their operands. */
export interface Operands {
  /** Of each state: the rows after a step, and their cotangents, which become those before it. */
  readonly after: readonly number[]
  readonly dStates: readonly number[]
  /** The same as dStates, or rows of their own for a state whose cotangent is read too late. */
  readonly dAfter: readonly number[]
  /** Of each factor. */
  readonly dFactors: readonly number[]
  /** Of each product; two products whose rows have the same cotangents share them. */
  readonly dProducts: readonly number[]
  readonly dx: number
  /** Of each vector: its cotangent for every row, to be summed. */
  readonly dVectors: ReadonlyMap<number, number>
  /** Saved for backward in rows of their own, by their widths. */
  readonly saved: readonly (readonly [operand: number, width: number])[]
  /** One more than the largest. */
  readonly count: number
}

/** A step's programs. It is a class so that it counts as code, and not as data, in attributes. */
export class Lowered {
  readonly plan: Plan
  readonly operands: Operands
  /** By levels: the products of a level come before its program, forward; after it, backward. */
  readonly forward: readonly Program[]
  readonly backward: readonly Program[]
  /** Of each product: whether its cotangent is added to what its input has already. */
  readonly accumulates: readonly boolean[]
  /** Whether x is read by a program, and not by products alone. */
  readonly readsX: boolean
  /** The operands and sizes of the states before a step. */
  readonly states: readonly number[]
  readonly widths: readonly number[]
  /** The products in the loop over time, by levels. */
  readonly loops: readonly (readonly number[])[]

  constructor(plan: Plan) {
    const { operands, forward, backward, accumulates, readsX } = new Lowering(plan).lowered()
    this.plan = plan
    this.operands = operands
    this.forward = forward
    this.backward = backward
    this.accumulates = accumulates
    this.readsX = readsX
    this.states = plan.sources.flatMap(({ kind }, i) => (kind === 'state' ? [i] : []))
    this.widths = this.states.map((operand) => plan.sources[operand].width)
    this.loops = forward.map((_, level) =>
      plan.products.flatMap((one, i) => (level > 0 && one.level === level ? [i] : [])),
    )
  }
}

interface Cotangent {
  readonly value: Value
  readonly part: Part
}

/** A result of a program: a segment of a state after the step, or of a factor. */
interface Result extends Segment {
  readonly operand: number
  readonly cotangent: number
}

class Lowering {
  readonly #plan: Plan
  #count: number
  readonly #after: readonly number[]
  readonly #dStates: readonly number[]
  readonly #dAfter: readonly number[]
  readonly #dFactors: readonly number[]
  readonly #dVectors = new Map<number, number>()
  readonly #dx: number
  readonly #results: readonly (readonly Result[])[]
  /** The values behind the results of each level. */
  readonly #behind: readonly ReadonlySet<Value>[]
  readonly #cotangents: readonly (readonly Cotangent[])[]
  readonly #dProducts: readonly number[]
  readonly #saved: ReadonlyMap<Value, InOperand>
  readonly #ownRows: Operands['saved']
  /** Operands of cotangents that a program or product has given numbers to. */
  readonly #begun = new Set<number>()

  constructor(plan: Plan) {
    this.#plan = plan
    this.#count = plan.sources.length
    const operands = (list: readonly unknown[]): number[] => list.map(() => this.#count++)
    this.#after = operands(plan.after)
    this.#dStates = operands(plan.after)
    this.#dFactors = operands(plan.factors)
    this.#dx = this.#count++
    plan.sources.forEach(({ kind }, operand) => {
      if (kind === 'vector') this.#dVectors.set(operand, this.#count++)
    })
    this.#dAfter = this.#dStates.map((own, k) => (this.#isApart(k) ? this.#count++ : own))
    this.#results = this.#levels((level) => this.#resultsOf(level))
    this.#behind = this.#results.map((own) => behind(own.map(({ value }) => value)))
    this.#cotangents = this.#levels((level) => this.#derivative(level))
    this.#dProducts = this.#shared()
    const { saved, rows } = chosenSaved({
      plan,
      results: this.#results.flat(),
      behind: this.#behind,
      cotangents: this.#cotangents.flat().map(({ value }) => value),
    })
    this.#saved = saved
    this.#ownRows = rows.map(([value, width]) => {
      saved.set(value, { kind: 'operand', operand: this.#count, from: 0, isBool: false })
      return [this.#count++, width]
    })
  }

  #levels<T>(f: (level: number) => T): T[] {
    return Array.from({ length: this.#plan.levels }, (_, level) => f(level))
  }

  /** Whether the cotangent of state k is still read when that before the step has been begun. */
  #isApart(k: number): boolean {
    const { after, factors, products, sources, levelOf } = this.#plan
    const lowest = Math.min(...after[k].map(({ value }) => levelOf(value)))
    const operand = sources.findIndex((one) => one.kind === 'state' && one.state === k)
    const isMultiplied = products.some(({ input, level }) => input === operand && level > lowest)
    const later = [...after, ...factors.map(({ segments }) => segments)]
      .flat()
      .filter(({ value }) => levelOf(value) > lowest)
    const read = behind(later.map(({ value }) => value))
    return isMultiplied || [...read].some((one) => one.kind === 'part' && one.operand === operand)
  }

  #resultsOf(level: number): Result[] {
    const { after, factors, levelOf } = this.#plan
    const states = after.flatMap((segments, k) =>
      segments
        .filter(({ value }) => levelOf(value) === level)
        .map((one) => ({ ...one, operand: this.#after[k], cotangent: this.#dAfter[k] })),
    )
    const multiplied = factors.flatMap((factor, k) =>
      factor.level === level
        ? factor.segments.map((one) => ({
            ...one,
            operand: factor.operand,
            cotangent: this.#dFactors[k],
          }))
        : [],
    )
    return [...states, ...multiplied]
  }

  #derivative(level: number): readonly Cotangent[] {
    const { values, dtype, sources } = this.#plan
    const results = this.#results[level].filter(({ value }) => value.kind !== 'constant')
    const parts = [...this.#behind[level]].filter(
      (value): value is Part =>
        value.kind === 'part' && !value.isBool && sources[value.operand].kind !== 'mask',
    )
    if (results.length === 0 || parts.length === 0) return []
    const given = results.map(({ cotangent, from, width }) => values.part(cotangent, from, width))
    const roots = results.map(({ value }) => value)
    const found = derivativeOf(roots, parts, given, values, dtype)
    return parts.flatMap((part, i) => {
      const value = found[i]
      return value === null ? [] : [{ part, value }]
    })
  }

  /** Operands for the cotangents of products: the same one for equal ones. */
  #shared(): readonly number[] {
    const known = new Map<string, number>()
    return this.#plan.products.map(({ operand, width }) => {
      const parts = this.#cotangents.flatMap((own, level) =>
        own
          .filter(({ part }) => part.operand === operand)
          .map(({ part, value }) => `${level} ${part.from} ${part.width} ${value.id}`),
      )
      const key = `${width}: ${parts.sort()}`
      const shared = known.get(key) ?? this.#count++
      known.set(key, shared)
      return shared
    })
  }

  #forward(level: number): Program {
    const isResult = new Set(this.#results.flat().map(({ value }) => value))
    const outputs = [...this.#saved]
      .filter(([value]) => !isResult.has(value) && firstLevel(this.#behind, value) === level)
      .map(([value, { operand, from }]) => ({ value, operand, from, width: value.width }))
    const earlier = [...this.#saved].filter(([value, at]) => this.#writtenAt(value, at) < level)
    return new Program(this.#plan.dtype, [...this.#results[level], ...outputs], new Map(earlier))
  }

  /** The level whose program writes a saved value to its place. */
  #writtenAt(value: Value, { operand, from }: InOperand): number {
    const isHere = (one: Result): boolean =>
      one.value === value && one.operand === operand && one.from === from
    const level = this.#results.findIndex((own) => own.some(isHere))
    return level < 0 ? firstLevel(this.#behind, value) : level
  }

  /** Outputs that add to a cotangent's rows, or begin them, with zeros in the other columns. */
  #give(operand: number, width: number, cotangents: readonly Cotangent[]): Output[] {
    const accumulate = this.#begun.has(operand)
    this.#begun.add(operand)
    const given = cotangents.map(({ part, value }) => ({
      value,
      operand,
      from: part.from,
      width: part.width,
      accumulate,
    }))
    if (accumulate) return given
    const zero = this.#plan.values.constant(0)
    const gaps: Output[] = []
    let at = 0
    for (const { from, width: covered } of given) {
      if (from > at) gaps.push({ value: zero, operand, from: at, width: from - at })
      at = from + covered
    }
    if (at < width) gaps.push({ value: zero, operand, from: at, width: width - at })
    return [...given, ...gaps]
  }

  /** The operand of the cotangent of a source; undefined for masks. */
  #cotangentOf(operand: number): number | undefined {
    const source = this.#plan.sources[operand]
    if (source.kind === 'x') return this.#dx
    if (source.kind === 'state') return this.#dStates[source.state]
    if (source.kind === 'product') return this.#dProducts[source.product]
    return this.#dVectors.get(operand)
  }

  /** Whether a product gives numbers to the cotangent of x. */
  get #multipliesX(): boolean {
    return this.#plan.products.some(({ level }) => level === 0)
  }

  #backward(level: number): Program {
    const { sources, dtype } = this.#plan
    const given = new Set<number>()
    const outputs = sources.flatMap((source, operand) => {
      const to = this.#cotangentOf(operand)
      if (to === undefined || given.has(to)) return []
      const own = this.#cotangents[level].filter(({ part }) => part.operand === operand)
      const isLast =
        (source.kind === 'state' && level === 0) ||
        (source.kind === 'x' && level === 0 && !this.#multipliesX) ||
        (source.kind === 'product' && source.level === level)
      if (own.length === 0 && (!isLast || this.#begun.has(to))) return []
      given.add(to)
      return this.#give(to, source.width, own)
    })
    return new Program(dtype, outputs, this.#saved)
  }

  lowered(): Omit<Lowered, 'plan' | 'states' | 'widths' | 'loops'> {
    const { sources, products } = this.#plan
    const accumulates: boolean[] = []
    const backward: Program[] = []
    for (let level = this.#plan.levels - 1; level >= 0; level--) {
      backward[level] = this.#backward(level)
      products.forEach(({ input, level: own }, i) => {
        const source = sources[input]
        if (own !== level || source.kind === 'x') return
        const to =
          source.kind === 'factor' ? this.#dFactors[source.factor] : this.#cotangentOf(input)
        accumulates[i] = this.#begun.has(to as number)
        this.#begun.add(to as number)
      })
    }
    return {
      forward: this.#levels((level) => this.#forward(level)),
      backward,
      accumulates,
      readsX: this.#begun.has(this.#dx),
      operands: {
        after: this.#after,
        dStates: this.#dStates,
        dAfter: this.#dAfter,
        dFactors: this.#dFactors,
        dProducts: this.#dProducts,
        dx: this.#dx,
        dVectors: this.#dVectors,
        saved: this.#ownRows,
        count: this.#count,
      },
    }
  }
}

const behind = (roots: readonly Value[]): Set<Value> => new Set(valuesBehind(roots, new Set()))
