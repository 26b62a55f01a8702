// The mistakes that are known, in one list: the plain ones first.
import type { Form } from '../problem.ts'
import { activations } from './activations.ts'
import { memory } from './memory.ts'
import { canBeMadeIn, type Mistake } from './mistake.ts'
import { time } from './time.ts'
import { weights } from './weights.ts'

export type { Mistake } from './mistake.ts'

const all: readonly Mistake[] = [...time, ...activations, ...memory, ...weights]

/** The state is h in rows, a in columns. */
const inColumns = (text: string): string => text.replaceAll(/(?<![\p{L}δ])(δ?)h(?!\p{L})/gu, '$1a')

/** Those that can be made in this function, in its letters. */
export function mistakesIn(form: Form): Mistake[] {
  const possible = all.filter((one) => canBeMadeIn(form, one))
  if (form.layout === 'rows') return possible
  return possible.map((one) => ({ ...one, name: inColumns(one.name), says: inColumns(one.says) }))
}
