// The types of a step of a random program, and shorthand to write one. The ops are listed in
// forms.ts, programs are composed in programs.ts.

import { cat, type Shape, stack, type Tensor, tensor, where } from '../../tensor/index.ts'

/** An input of the program or the result of a step. */
export interface ProgramValue {
  readonly at: number
  readonly shape: Shape
  /** The lowest number. */
  readonly low: number
  /** The largest change of a number near the drawn inputs. */
  readonly spread: number
}

/** The functions that a step may call besides methods. Others that write source replace them. */
export const functions = { cat, stack, where, tensor }
export type Functions = typeof functions
export type Apply = (operands: readonly Tensor[], use: Functions) => Tensor

export interface Plan {
  readonly operands: readonly ProgramValue[]
  readonly apply: Apply
  /**
   * Numbers that must stay away from 0 for the step to be differentiable; they change at most twice
   * as much as the operands.
   */
  readonly kinks?: Apply
}

/** The decisions of a form. Each shrinks to the first of its possibilities. */
export interface Choices {
  /** 0 … n − 1. */
  pick(n: number): number
  of<T>(list: readonly T[]): T
  /** A value that fits, most likely one that no step has used yet; null when none fits. */
  value(fits?: (x: ProgramValue) => boolean): ProgramValue | null
}

/** One way to call an op; null when no value suits it. */
export type Form = (choose: Choices) => Plan | null

export const last = (shape: Shape): number => shape.at(-1) as number
export const broadcasts = (a: Shape, b: Shape): boolean =>
  a.every((n, i) => [1, n].includes(b.at(i - a.length) ?? 1) || n === 1)
/** Above 0 everywhere near the drawn inputs. */
export const positive = (x: ProgramValue): boolean => x.low >= 0.5 + 4 * x.spread
export const ranked =
  (rank: number) =>
  (x: ProgramValue): boolean =>
    x.shape.length >= rank

/** A step of one operand, whose shape `decide` gets. */
export const on =
  (
    fits: (x: ProgramValue) => boolean,
    decide: (x: ProgramValue, choose: Choices) => Omit<Plan, 'operands'>,
  ): Form =>
  (choose) => {
    const x = choose.value(fits)
    return x && { operands: [x], ...decide(x, choose) }
  }
export const unary = (apply: (x: Tensor) => Tensor): Form =>
  on(ranked(0), () => ({ apply: ([x]) => apply(x) }))
/** A step with a kink at 0. */
export const kinked = (apply: (x: Tensor) => Tensor): Form =>
  on(ranked(0), () => ({ apply: ([x]) => apply(x), kinks: ([x]) => x }))
/** A step that takes positive numbers only, and gets such. */
export const guarded = (apply: (x: Tensor) => Tensor): Form =>
  on(ranked(0), (value) => ({ apply: ([x]) => apply(positive(value) ? x : x.square().add(0.5)) }))
/** A step that moves or sums numbers, with arguments that depend on the shape. */
export const shaped = (
  rank: number,
  decide: (shape: Shape, choose: Choices) => (x: Tensor) => Tensor,
): Form =>
  on(ranked(rank), ({ shape }, choose) => {
    const apply = decide(shape, choose)
    return { apply: ([x]) => apply(x) }
  })

type Pair = (a: Tensor, b: Tensor | number) => Tensor
/** A step of two operands that broadcast, or of one and a number. */
export const binary =
  (apply: Pair, numbers: readonly number[], kinks?: Pair): Form =>
  (choose) => {
    const a = choose.value()
    const b = choose.pick(4) === 3 ? null : a && choose.value((x) => broadcasts(a.shape, x.shape))
    if (a === null) return null
    const number = choose.of(numbers)
    const call =
      (pair: Pair): Apply =>
      ([x, y = number as never]) =>
        pair(x, y)
    return {
      operands: b === null ? [a] : [a, b],
      apply: call(apply),
      ...(kinks && { kinks: call(kinks) }),
    }
  }

/** An axis, from the front or from the back. */
export const axisOf = (shape: Shape, choose: Choices): number =>
  choose.pick(shape.length) - (choose.pick(3) === 2 ? shape.length : 0)
/** All axes, one (most often), or two. */
export const axesOf = (shape: Shape, choose: Choices): number | number[] | undefined => {
  const kind = shape.length === 0 ? 0 : choose.pick(shape.length === 1 ? 4 : 5)
  if (kind === 0) return undefined
  const axis = axisOf(shape, choose)
  return kind < 4 ? axis : [axis, (axis + 1) % shape.length]
}
const keepDim = (choose: Choices): true | undefined => choose.of([undefined, true])

export const reduction = (
  apply: (x: Tensor, axes: number | number[] | undefined, keep: true | undefined) => Tensor,
): Form =>
  shaped(0, (shape, choose) => {
    const [axes, keep] = [axesOf(shape, choose), keepDim(choose)]
    return (x) => apply(x, axes, keep)
  })

/** max or min: the largest or smallest number is alone, and the others keep away from it. */
export const extreme = (name: 'max' | 'min'): Form =>
  on(ranked(0), ({ shape }, choose) => {
    const [axes, keep] = [axesOf(shape, choose), keepDim(choose)]
    const kinks: Apply = ([x]) => {
      const best = x[name](axes, true)
      return x.sub(best).where(x.ne(best), x.eq(best).to(x.dtype).sum(axes, true).eq(1).to(x.dtype))
    }
    return { apply: ([x]) => x[name](axes, keep), kinks }
  })
