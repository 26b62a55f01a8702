// Comparisons of the recordings of one step: whether they are of the same ops, and use the same
// tensors from outside. steps.ts makes them.

import { sameShape } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import { isNumber } from '../define/operand.ts'
import type { Heard } from '../define/record.ts'
import { constantNumber } from '../programs/derivative.ts'
import { NoProgram } from '../programs/graph.ts'
import type { Plan, Recorded } from '../programs/plan.ts'

/** The number that a tensor stands for, or that all its elements were made as. */
const numberOf = (t: Tensor): number | undefined =>
  isNumber(t) ? Number(t.item()) : constantNumber(t)

/** Whether two tensors of one shape are the same numbers, as by detach(). */
const isSamePlace = (a: Tensor, b: Tensor): boolean =>
  a.storage === b.storage &&
  a.byteOffset === b.byteOffset &&
  a.transposed === b.transposed &&
  (a.node === null) === (b.node === null)

/** Tensors from outside in one recording of a step, and the calls behind them. */
export interface Seen {
  readonly outside: Plan['outside']
  readonly calls: readonly Heard[]
}

/** A tensor from outside that is another one in another recording, as of random numbers. */
export function replaced(one: Seen, other: Seen): Tensor | null {
  const [makers, otherMakers] = [one, other].map(
    ({ calls }) => new Map(calls.map((call) => [call.out, call])),
  )
  const isLasting = (a: Tensor, b: Tensor): boolean => {
    const number = numberOf(a)
    if (a === b || (number !== undefined && Object.is(number, numberOf(b)))) return true
    const [own, made] = [makers.get(a), otherMakers.get(b)]
    if (own === undefined || made === undefined) return own === made && isSamePlace(a, b)
    return (
      own.rule === made.rule &&
      own.isRecorded === made.isRecorded &&
      sameData(own.attrs, made.attrs) &&
      own.inputs.length === made.inputs.length &&
      own.inputs.every((t, i) => isLasting(t, made.inputs[i]))
    )
  }
  const others = other.outside.flat()
  return one.outside.flat().find((t, i) => !isLasting(t, others[i])) ?? null
}

/** Throws NoProgram where a tensor changes: a run would use the same one for all steps. */
export function requireLasting(one: Seen, other: Seen): void {
  const t = replaced(one, other)
  if (t !== null)
    throw new NoProgram(`uses another tensor at each call, made by ${t.storage.maker}`)
}

/** What two plans of one step must have in common. */
export const textOfPlan = ({ after, factors, products, sources }: Plan): string =>
  JSON.stringify([
    [...after, ...factors.map(({ segments }) => segments)].map((segments) =>
      segments.map(({ from, width, value }) => [from, width, value.id]),
    ),
    products,
    sources,
  ])

/** The tensors from outside in a new recording of a plan's step; null where the step differs. */
export function again(plan: Plan, now: Recorded): Plan['outside'] | null {
  const { x, before, masks, after } = plan.recorded
  const news = new Map<Tensor, Tensor>()
  const given = [now.x, ...now.before, ...now.masks]
  for (const [i, t] of [x, ...before, ...masks].entries()) news.set(t, given[i])
  const outside = new Map<Tensor, Tensor>()
  const isSame = (old: Tensor, t: Tensor): boolean => {
    const known = news.get(old) ?? outside.get(old)
    if (known !== undefined) return known === t
    if (old.dtype !== t.dtype || !sameShape(old.shape, t.shape)) return false
    // A number that reaches no result is no part of the plan.
    const number = plan.numbers.get(old) ?? (isNumber(old) ? Number(old.item()) : undefined)
    if (number !== undefined) return t.node === null && Object.is(number, numberOf(t))
    outside.set(old, t)
    return !isNumber(t) && old.transposed === t.transposed
  }
  const [was, is] = [formerly(plan), dependent(now)]
  if (was.length !== is.length) return null
  for (const [i, call] of was.entries()) {
    const other = is[i]
    const isSameOp =
      call.rule === other.rule &&
      call.isRecorded === other.isRecorded &&
      call.inputs.length === other.inputs.length &&
      sameData(call.attrs, other.attrs) &&
      call.inputs.every((t, k) => isSame(t, other.inputs[k]))
    if (!isSameOp) return null
    news.set(call.out, other.out)
  }
  if (!after.every((t, k) => isSame(t, now.after[k]))) return null
  return plan.outside.map((summed) => summed.map((t) => outside.get(t) as Tensor))
}

const dependents = new WeakMap<Plan, readonly Heard[]>()

/** The calls that depend on the example in a plan's own recording. */
function formerly(plan: Plan): readonly Heard[] {
  const known = dependents.get(plan) ?? dependent(plan.recorded)
  dependents.set(plan, known)
  return known
}

/** The calls that depend on the example. */
function dependent({ x, before, masks, calls }: Recorded): readonly Heard[] {
  const traced = new Set([x, ...before, ...masks])
  return calls.filter(({ inputs, out }) => {
    const depends = inputs.some((t) => traced.has(t))
    if (depends) traced.add(out)
    return depends
  })
}

/** Whether two attributes hold the same numbers and words. */
function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) =>
      sameData((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
    )
  )
}
