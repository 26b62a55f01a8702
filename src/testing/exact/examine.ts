// Compares what was recorded with dual numbers, with formulas and with another function, all at one
// random point of the field. It says where the first difference is, not which op is off.

import type { Tensor } from '../../tensor/index.ts'
import { locate } from '../report.ts'
import * as array from './array.ts'
import { ofSum } from './degree.ts'
import type { Dual } from './dual.ts'
import { Evaluation } from './evaluation.ts'
import { Draws, isEqual, isNone } from './field.ts'
import { drawn, Generators } from './generators.ts'
import { Unusable } from './ops/op.ts'
import type { Level, Recording } from './recording.ts'
import type { Sizes } from './roots.ts'
import type { NoteSide, Side } from './sides.ts'

/** What was compared, when everything is equal. */
export interface Compared {
  readonly ops: number
  readonly comparisons: number
  readonly free: number
  readonly degree: number
  /** The probability of not seeing a difference. */
  readonly bound: number
  /** Whether roots were taken in the field, or for any numbers. */
  readonly hasRoots: boolean
}

/** An element of one of several tensors. */
interface Place {
  readonly which: number
  readonly index: readonly number[]
}

/** The first difference. */
export interface Difference {
  readonly kind: 'derivative' | 'formula' | 'value' | 'other'
  readonly order: number
  /** The differentiated tensor, counted through the level's `by`; or the result, for a value. */
  readonly at: Place
  /** The result whose derivative it is, where that is known. */
  readonly of: Place | null
  /** Whether roots were taken for any numbers: then nothing is proved. */
  readonly isDoubtful: boolean
  /** Whether roots were taken in the field, or for any numbers. */
  readonly hasRoots: boolean
  /** The functions whose results are free numbers: an identity of theirs may explain it. */
  readonly free: readonly string[]
}

const isDifferent = (x: Compared | Difference): x is Difference => 'kind' in x

export { isDifferent }

/** Compares everything. `seed` draws the point, but for the tensors that are given. */
export function compareAt(
  recording: Recording,
  seed: number,
  isRelated: boolean,
  { noteSide, given, sizes }: Marks = {},
): Compared | Difference {
  return new Comparison(recording, seed, isRelated, { noteSide, given, sizes }).run()
}

/** What is told of a point, and noted at it. */
export interface Marks {
  readonly noteSide?: NoteSide | undefined
  /** Tensors that have these values. */
  readonly given?: ReadonlyMap<Tensor, array.ExactArray> | undefined
  /** Sizes that were noted at the same point; more are added. */
  readonly sizes?: Sizes | undefined
}

class Comparison {
  readonly #recording: Recording
  readonly #generators: Generators
  readonly #draws: Draws
  readonly #noteSide: NoteSide | undefined
  /** The point: values of all tensors that are differentiated, and of cotangents. */
  readonly #point: Map<Tensor, array.ExactArray>
  readonly #plain: Evaluation
  #comparisons = 0
  #degree = 0
  #ops = 0

  constructor(
    recording: Recording,
    seed: number,
    isRelated: boolean,
    { noteSide, given, sizes }: Marks,
  ) {
    this.#point = new Map(given)
    this.#recording = recording
    this.#draws = new Draws(seed)
    this.#generators = new Generators(this.#draws, isRelated, sizes)
    this.#noteSide = noteSide
    for (const { by, cotangents } of recording.levels)
      for (const t of [...by, ...cotangents])
        if (!this.#point.has(t))
          this.#point.set(
            t,
            isRelated && by.includes(t)
              ? squares(t, this.#draws)
              : drawn(t.shape, this.#draws, t.size),
          )
    // Both evaluate fn, and count on by themselves.
    const notePlain = noteSide && ((side: Side) => noteSide({ ...side, label: `g${side.label}` }))
    this.#plain = this.#evaluation(new Map(), notePlain)
  }

  run(): Compared | Difference {
    for (const level of this.#recording.levels) {
      const found = this.#derivatives(level) ?? this.#others(level)
      if (found !== null) return found
    }
    const found = this.#formulas()
    if (found !== null) return found
    const { count, pairs, degree, roots, missing } = this.#generators
    // Different arguments that are equal at this point would be given the same number.
    const meetings = pairs * degree
    // The norm of the polynomial, in which a root of x does not occur, has its degree times that of
    // x, and twice its degree besides.
    const whole = (this.#degree + meetings) * (2 + degree) ** roots
    return {
      ops: this.#plain.ops + this.#ops,
      comparisons: this.#comparisons,
      free: count,
      degree: whole,
      bound: Math.min(1, whole / 2 ** 61),
      hasRoots: roots + missing > 0,
    }
  }

  #evaluation(tangents: ReadonlyMap<Tensor, array.ExactArray>, noteSide?: NoteSide): Evaluation {
    const given = new Map<Tensor, Dual>()
    for (const [t, v] of this.#point) given.set(t, { v, d: tangents.get(t) ?? null })
    const { tape, levels } = this.#recording
    const cotangents = levels.flatMap(({ cotangents }) => cotangents)
    return new Evaluation(tape, this.#generators, given, noteSide, cotangents)
  }

  /** ⟨u, J·v⟩ by dual numbers and ⟨Jᵀ·u, v⟩ by the tape, for a random v. */
  #derivatives(level: Level): Difference | null {
    const { results, cotangents, by, gradients } = level
    const directions = by.map((t) => drawn(t.shape, this.#draws, t.size))
    const pulled = this.#plain.valuesOf(gradients).map(({ v }) => v)
    const us = cotangents.map((t) => this.#point.get(t) as array.ExactArray)
    const forward = this.#evaluation(
      new Map(by.map((t, i) => [t, directions[i]])),
      level.order === 1 ? this.#noteSide : undefined,
    )
    const pushed = forward.valuesOf(results).map(({ v, d }) => d ?? array.zeros(v.shape))
    this.#ops += forward.ops
    this.#comparisons++
    if (this.#areEqual(array.product(us, pushed), array.product(pulled, directions))) return null
    const at = this.#narrowed(by, (isKept) => {
      const kept = directions.map((v, i) => masked(v, (k) => isKept(i, k)))
      const own = this.#evaluation(new Map(by.map((t, i) => [t, kept[i]])))
      const d = own.valuesOf(results).map(({ v, d }) => d ?? array.zeros(v.shape))
      return !this.#areEqual(array.product(us, d), array.product(pulled, kept))
    })
    return this.#difference('derivative', level.order, at, this.#resultOf(level, at))
  }

  /** The result whose derivative by this element is off. */
  #resultOf({ results, cotangents, by, gradients }: Level, at: Place): Place {
    const direction = by.map((t, i) =>
      masked(constantOne(t), (k) => i === at.which && k === flatOf(at, t)),
    )
    const tangents = new Map(by.map((t, i) => [t, direction[i]]))
    const former = cotangents.map((t) => this.#point.get(t) as array.ExactArray)
    return this.#narrowed(results, (isKept) => {
      const us = former.map((u, i) => masked(u, (k) => isKept(i, k)))
      cotangents.forEach((t, i) => void this.#point.set(t, us[i]))
      const forward = this.#evaluation(tangents).valuesOf(results)
      const pulled = this.#evaluation(new Map()).valuesOf(gradients)
      cotangents.forEach((t, i) => void this.#point.set(t, former[i]))
      return !this.#areEqual(
        array.product(
          us,
          forward.map(({ v, d }) => d ?? array.zeros(v.shape)),
        ),
        array.product(
          pulled.map(({ v }) => v),
          direction,
        ),
      )
    })
  }

  /** Results and gradients of another function. */
  #others({ order, results, gradients, others }: Level): Difference | null {
    if (others === null) return null
    const value = order === 1 ? this.#firstApart(results, others.results) : null
    if (value !== null) return this.#difference('value', 0, value, null)
    const gradient = this.#firstApart(gradients, others.gradients)
    return gradient && this.#difference('other', order, gradient, null)
  }

  #formulas(): Difference | null {
    const { formulas, args, levels } = this.#recording
    if (formulas === null) return null
    const { by, gradients } = levels[0]
    for (const [i, formula] of formulas.entries()) {
      const which = by.indexOf(args[i])
      if (formula === null || which < 0) continue
      const apart = this.#firstApart([gradients[which]], [formula])
      if (apart !== null) return this.#difference('formula', 1, { ...apart, which }, null)
    }
    return null
  }

  #firstApart(a: readonly Tensor[], b: readonly Tensor[]): Place | null {
    const [x, y] = [a, b].map((list) => this.#plain.valuesOf(list).map(({ v }) => v))
    for (const [which, one] of x.entries())
      for (let k = 0; k < one.numbers.length / 3; k++) {
        this.#comparisons++
        const [p, q] = [one, y[which]].map((t) => ({
          ...t,
          shape: [],
          numbers: t.numbers.subarray(3 * k, 3 * k + 3),
        }))
        if (!this.#areEqual(p, q)) return { which, index: locate(k, [one.shape]).index }
      }
    return null
  }

  /** Of the number that is wanted, and that of the tape. Throws Unusable where none is wanted. */
  #areEqual(a: array.ExactArray, b: array.ExactArray): boolean {
    if (isNone(a.numbers, 0))
      throw new Unusable('it computes with an infinity, NaN or a quotient by 0')
    this.#degree = Math.max(this.#degree, ofSum(a.degree, b.degree).above)
    return isEqual(a.numbers, 0, b.numbers, 0)
  }

  /** The element for which alone it still differs, by halves. */
  #narrowed(
    tensors: readonly Tensor[],
    differs: (isKept: (which: number, k: number) => boolean) => boolean,
  ): Place {
    const starts: number[] = []
    let total = 0
    for (const { size } of tensors) {
      starts.push(total)
      total += size
    }
    let [low, high] = [0, total]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      const isFirst = differs((which, k) => {
        const at = starts[which] + k
        return at >= low && at < middle
      })
      if (isFirst) high = middle
      else low = middle
    }
    return locate(
      low,
      tensors.map(({ shape }) => shape),
    )
  }

  #difference(kind: Difference['kind'], order: number, at: Place, of: Place | null): Difference {
    const { missing, roots, names } = this.#generators
    const hasRoots = missing + roots > 0
    return { kind, order, at, of, isDoubtful: missing > 0, hasRoots, free: [...names] }
  }
}

/** Squares where the floats are positive, so that they have roots. */
function squares(t: Tensor, draws: Draws): array.ExactArray {
  const root = drawn(t.shape, draws, t.size)
  const floats = t.toTypedArray()
  return array.chosen(t.shape, array.mul(root, root), root, (k) => floats[k] > 0)
}

const constantOne = (t: Tensor): array.ExactArray =>
  array.constant(t.shape, new Float64Array(t.size).fill(1))

const masked = (a: array.ExactArray, isKept: (k: number) => boolean): array.ExactArray =>
  array.chosen(a.shape, a, array.zeros([]), isKept)

const flatOf = ({ index }: Place, { shape }: Tensor): number =>
  index.reduce((flat, i, axis) => flat * shape[axis] + i, 0)
