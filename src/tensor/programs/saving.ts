// What is saved for backward of a step: the choice between saving a value and computing it again.

import { formOf } from '../define/form.ts'
import type { InOperand } from './assemble.ts'
import type { Plan } from './plan.ts'
import { argsOf, type Part, type Value, valuesBehind } from './values.ts'

/** Functions that are saved for backward rather than computed again. */
export const isSlow = (value: Value): boolean => {
  if (value.kind !== 'computed') return false
  const form = formOf(value.rule)
  if (typeof form !== 'object') return false
  const { kernel, chain } = form
  return kernel === undefined
    ? chain === undefined
    : ['exp', 'log', 'tanh', 'sigmoid'].includes(kernel)
}

/** One number in a row that took a sum of it: saving needs little, and summing takes long. */
const isSummed = (value: Value): boolean =>
  value.kind === 'rowSum' || (value.width === 1 && argsOf(value).some(isSummed))

/** A step, as far as the choice depends on it. */
interface Choice {
  readonly plan: Plan
  /** Values that are stored anyway, and where. */
  readonly results: readonly { value: Value; operand: number; from: number }[]
  /** The values behind the results of each level. */
  readonly behind: readonly ReadonlySet<Value>[]
  readonly cotangents: readonly Value[]
}

/** The first level whose program computes or reads a value. */
export const firstLevel = (behind: readonly ReadonlySet<Value>[], value: Value): number =>
  behind.findIndex((own) => own.has(value))

/**
 * Saved are slow functions, and parts of products that the next step overwrites: in columns of the
 * products with x that nobody reads any more. Beyond those columns slow functions are computed
 * again from what is saved, and the rest is saved in rows of its own, which are still to be placed.
 * So are numbers that took a sum of a row.
 */
export function chosenSaved({ plan, results, behind, cotangents }: Choice): {
  saved: Map<Value, InOperand>
  rows: readonly (readonly [value: Value, width: number])[]
} {
  /** The level of the product that a part belongs to; −1 for another part. */
  const levelOfProduct = ({ operand }: Part): number => {
    const source = plan.sources[operand]
    return source.kind === 'product' ? plan.products[source.product].level : -1
  }
  const isPassing = (value: Value): boolean => value.kind === 'part' && levelOfProduct(value) > 0
  const saved = new Map<Value, InOperand>()
  const save = (value: Value, operand: number, from: number): void => {
    saved.set(value, { kind: 'operand', operand, from, isBool: false })
  }
  for (const { value, operand, from } of results)
    if ('args' in value || isPassing(value)) save(value, operand, from)
  const stored = new Set(saved.keys())
  const forward = new Set(behind.flatMap((own) => [...own]))
  // What slow functions were computed from is needed only where they are computed again.
  const isWished = (value: Value): boolean => isSlow(value) || isSummed(value)
  const ends = new Set([...stored, ...[...forward].filter(isWished)])
  const wished = valuesBehind(cotangents, ends)
    .filter((one) => forward.has(one) && !stored.has(one) && (isPassing(one) || isWished(one)))
    .sort((a, b) => Number(isPassing(b)) - Number(isPassing(a)) || a.id - b.id)
  const readBack = new Set(valuesBehind(cotangents, new Set([...stored, ...wished])))
  const unread = [...forward].filter(
    (one): one is Part => one.kind === 'part' && levelOfProduct(one) === 0 && !readBack.has(one),
  )
  const lost = new Set([...forward].filter(isPassing))
  const isOwn = (value: Value, part: Part): boolean =>
    valuesBehind([value], new Set(wished.filter((one) => one !== value))).includes(part)
  const rest = wished.filter((value, i) => {
    const level = firstLevel(behind, value)
    const fits = (part: Part): boolean =>
      part.width === value.width && behind.findLastIndex((own) => own.has(part)) <= level
    // Columns that a value is computed from need no copy; those of another one are left to that.
    const later = wished.slice(i + 1)
    const part =
      unread.find((one) => fits(one) && isOwn(value, one)) ??
      unread.find((one) => fits(one) && !later.some((other) => isOwn(other, one))) ??
      unread.findLast(fits)
    if (part === undefined) return true
    unread.splice(unread.indexOf(part), 1)
    lost.add(part)
    save(value, part.operand, part.from)
    return false
  })
  const rows = rest.filter((value) => {
    const parts = valuesBehind([value], new Set(saved.keys()))
    const canRepeat = parts.every((one) => saved.has(one) || !lost.has(one))
    // Values after it may be computed from it.
    const isSaved = !canRepeat || isSummed(value)
    if (isSaved) save(value, -1, 0)
    return isSaved
  })
  return { saved, rows: rows.map((value) => [value, value.width]) }
}
