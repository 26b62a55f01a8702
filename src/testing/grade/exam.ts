// The questions that a function is asked, with the answers by the tape, and what it answers; it
// compares nothing.
import { shown } from '../../tensor/internal.ts'
import { columns } from './columns.ts'
import { isList, watching } from './compare.ts'
import type { Layout, Named } from './layout.ts'
import { byHand, type Pieces } from './pieces.ts'
import { draw, type Form, type Problem, type Sizes, sizesOf } from './problem.ts'
import { rows } from './rows.ts'
import { forward, gradients, type Step } from './tape.ts'

/** A function that a student writes. */
export type Student = (...args: never[]) => unknown

export interface Question {
  readonly problem: Problem
  readonly steps: readonly Step[]
  /** What the forward function should return. */
  readonly outputs: Named
  /** What the backward function should return. */
  readonly gradients: Named
}

/** What a function returned, by name; or what it threw. */
export type Answer =
  | {
      readonly returned: Readonly<Record<string, unknown>>
      /** The arguments in which it changed numbers. */
      readonly changed?: readonly string[]
    }
  | { readonly thrown: string }

const layouts: Record<Form['layout'], Layout> = { columns, rows }

export const questions = (form: Form): Question[] =>
  sizesOf(form).map((sizes, k) => {
    const problem = draw(form, sizes, k + 1)
    const steps = forward(problem)
    const layout = layouts[form.layout]
    return {
      problem,
      steps,
      outputs: layout.outputs(problem, steps),
      gradients: layout.gradients(form, gradients(problem)),
    }
  })

/** What the backward function with these pieces would return. */
export function answerOf({ problem, steps }: Question, pieces: Pieces): Answer {
  const { form } = problem
  try {
    return { returned: layouts[form.layout].gradients(form, byHand(problem, steps, pieces)) }
  } catch (error) {
    return { thrown: String(error) }
  }
}

/** Every call gets arrays of its own: a function may write into them. */
const call = (student: Student, args: readonly unknown[]): unknown =>
  (student as (...args: readonly unknown[]) => unknown)(...args)

/** The values of a returned list or object, by the names that they should have. */
function byName(returned: unknown, names: readonly string[]): Answer {
  if (isList(returned)) {
    const values = Array.from(returned)
    return { returned: Object.fromEntries(names.map((name, k) => [name, values[k]])) }
  }
  if (typeof returned === 'object' && returned !== null && !('then' in returned))
    return { returned: returned as Record<string, unknown> }
  return {
    thrown: `expected an array, or an object with ${names.join(', ')}, got ${shown(returned)}`,
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error)

/** What a student's forward function returned, and its cache. */
export type Forward =
  | { readonly returned: Readonly<Record<string, unknown>>; readonly cache: unknown }
  | { readonly thrown: string }

export function askForward({ problem, outputs }: Question, student: Student): Forward {
  try {
    const returned = call(student, layouts[problem.form.layout].forward(problem))
    const answer = byName(returned, Object.keys(outputs))
    if ('thrown' in answer) return answer
    const { cache = answer.returned.caches } = answer.returned
    return { ...answer, cache: isList(returned) ? Array.from(returned).at(-1) : cache }
  } catch (error) {
    return { thrown: messageOf(error) }
  }
}

/** Every cache that a course may hand to this backward function: first the list of the steps'. */
function cachesOf({ problem, steps }: Question): unknown[] {
  const layout = layouts[problem.form.layout]
  const caches = steps.map((step) => layout.cache(problem, step))
  return problem.form.sequence ? [caches, ...layout.whole(problem, caches, steps)] : caches
}

/** The names of the upstream gradients. */
function upstreamOf({ cell, layout, sequence }: Form): string[] {
  const [h, c] = layout === 'columns' ? ['da_next', 'dc_next'] : ['dnext_h', 'dnext_c']
  if (sequence) return [layout === 'columns' ? 'da' : 'dh']
  return cell === 'lstm' ? [h, c] : [h]
}

/** How many kinds of caches there are. */
export const kindsOf = (question: Question): number => cachesOf(question).length

/**
 * Asks the backward function, with the cache of `before` where the student has a forward one, else
 * with one of this kind.
 */
export function askBackward(
  question: Question,
  student: Student,
  before: Forward | null,
  kind: number,
): Answer {
  if (before !== null && 'thrown' in before) return before
  const { problem, gradients } = question
  const upstream = layouts[problem.form.layout].upstream(problem)
  try {
    const cache = before === null ? cachesOf(question)[kind] : before.cache
    const args = [...upstream, cache]
    const watches = args.map(watching)
    const answer = byName(call(student, args), Object.keys(gradients))
    const names = [...upstreamOf(problem.form), 'the cache']
    return 'thrown' in answer
      ? answer
      : { ...answer, changed: names.filter((_, k) => (watches[k] as () => boolean)()) }
  } catch (error) {
    return { thrown: messageOf(error) }
  }
}

/** Sizes in the letters of the layout. */
export function sizesIn({ layout, sequence }: Form, { N, D, H, T }: Sizes): string {
  const all =
    layout === 'columns'
      ? [`n_x = ${D}, n_a = ${H}, m = ${N}`, `T_x = ${T}`]
      : [`N = ${N}, D = ${D}, H = ${H}`, `T = ${T}`]
  return all.slice(0, sequence ? 2 : 1).join(', ')
}
