// grade(): takes a student's backward function, and puts what it answered beside what the tape
// computes; see exam.ts for the questions and match.ts for the mistakes.
import {
  requireChoice,
  requireFlag,
  requireFunction,
  requireOptions,
} from '../../tensor/internal.ts'
import { agrees, deviations, isWhole } from './compare.ts'
import { equationsOf } from './equations.ts'
import {
  type Answer,
  askBackward,
  askForward,
  type Forward,
  kindsOf,
  type Question,
  questions as questionsFor,
  type Student,
  sizesIn,
} from './exam.ts'
import type { Named, Nested } from './layout.ts'
import { matching } from './match.ts'
import type { Form } from './problem.ts'
import { type Grade, type Graded, gradeOf } from './report.ts'

/** Which function it is. */
export interface GradeOptions {
  /** 'rnn' or 'lstm'. */
  cell: 'rnn' | 'lstm'
  /**
   * 'columns' as in the courses whose cells are called `lstm_cell_backward`: x (n_x, m, T_x), and a
   * matrix for each gate; 'rows' as in cs231n, `lstm_step_backward`: x (N, T, D), and packed gates.
   */
  layout: 'columns' | 'rows'
  /** Whether it goes through a sequence, or is one step (false). */
  sequence?: boolean | undefined
  /**
   * The forward function of the same author: its results are graded first, and its cache is what
   * the backward function gets. Without it the caches are those of the documents, by their names.
   */
  forward?: Student | undefined
}

const returnedBy = (answer: Answer | Forward): Readonly<Record<string, unknown>> | null =>
  'returned' in answer ? answer.returned : null

/** The axis of time in the gradient of a sequence's inputs. */
const timeAxis = ({ layout, sequence }: Form, name: string): number | null =>
  !sequence || name !== 'dx' ? null : layout === 'columns' ? 2 : 1

/** Grades one result by the answers, in the order of the questions. */
function gradedBy(
  questions: readonly Question[],
  answers: readonly (Answer | Forward)[],
  name: string,
  expected: (question: Question) => Named,
  equation: string,
): Graded {
  for (const [k, question] of questions.entries()) {
    const returned = returnedBy(answers[k] as Answer)
    if (returned === null) continue
    const all = deviations(returned[name], expected(question)[name] as Nested)
    if (all.length === 0) continue
    const { form, sizes } = question.problem
    const axis = timeAxis(form, name)
    const time = (one: (typeof all)[number]): number =>
      one.problem === 'numbers' && axis !== null ? (one.at[axis] as number) : -1
    const deviation = all.reduce((first, one) => (time(one) > time(first) ? one : first))
    const step = time(deviation)
    return {
      name,
      right: false,
      equation,
      sizes: sizesIn(form, sizes),
      length: form.sequence ? sizes.T : null,
      step: step < 0 ? null : step + 1,
      deviation,
    }
  }
  return { name, right: true, equation, sizes: null, length: null, step: null, deviation: null }
}

/** The first error, with the sizes for which it was thrown. */
function errorAmong(
  questions: readonly Question[],
  answers: readonly (Answer | Forward)[],
): string | null {
  for (const [k, answer] of answers.entries())
    if ('thrown' in answer) {
      const { form, sizes } = (questions[k] as Question).problem
      return `${answer.thrown} (${sizesIn(form, sizes)})`
    }
  return null
}

/** Whether a second answer is the first; what is no array of numbers does not count. */
function isSame(a: Answer, b: Answer): boolean {
  const [first, second] = [returnedBy(a), returnedBy(b)]
  if (first === null || second === null) return first === second
  return Object.keys(first).every(
    (name) => !isWhole(first[name]) || agrees(second[name], first[name] as Nested),
  )
}

/** How much of an answer looks like the gradients, and is right. */
const pointsOf = ({ gradients }: Question, answer: Answer): number =>
  Object.entries(gradients).reduce((sum, [name, expected]) => {
    const all = deviations(returnedBy(answer)?.[name], expected)
    return sum + (all.length === 0 ? 2 : Number(all.every(({ problem }) => problem === 'numbers')))
  }, 0)

/** The kind of caches with which the function does best, or the first of them; and its answers. */
function understood(
  questions: readonly Question[],
  hasChoice: boolean,
  ask: (kind: number, k: number) => Answer,
): [number, Answer[]] {
  const kinds = hasChoice ? kindsOf(questions[0] as Question) : 1
  const asked: [kind: number, answers: Answer[], points: number][] = []
  for (let kind = 0; kind < kinds; kind++) {
    const answers = questions.map((_, k) => ask(kind, k))
    const points = questions.reduce((n, q, k) => n + pointsOf(q, answers[k] as Answer), 0)
    asked.push([kind, answers, points])
    if (points === 2 * questions.length * Object.keys((questions[0] as Question).gradients).length)
      break
  }
  const [kind, answers] = asked.reduce((best, one) => (one[2] > best[2] ? one : best))
  return [kind, answers]
}

function formOf(options: GradeOptions): Form {
  const { cell, layout, sequence = false } = options
  requireChoice('grade', 'cell', cell, ['rnn', 'lstm'])
  requireChoice('grade', 'layout', layout, ['columns', 'rows'])
  requireFlag('grade', 'sequence', sequence)
  return { cell, layout, sequence }
}

/**
 * Grades a backward function that somebody has written by hand, with plain nested arrays: which of
 * the gradients that it returns are right; for those that are not the equation, the shortest
 * sequence and the first time step at which they deviate; and the mistake, if a known one (or two
 * of them) gives exactly these numbers. The right numbers are the tape's.
 *
 * The function has the signature that its course gives it:
 *
 * - columns, rnn: `rnn_cell_backward(da_next, cache)` → dxt, da_prev, dWax, dWaa, dba;
 *   in sequence `rnn_backward(da, caches)` → dx, da0, dWax, dWaa, dba
 * - columns, lstm: `lstm_cell_backward(da_next, dc_next, cache)` → dxt, da_prev, dc_prev, dWf, dbf,
 *   dWi, dbi, dWc, dbc, dWo, dbo; in sequence `lstm_backward(da, caches)` → dx, da0, dWf, dbf, …
 * - rows, rnn: `rnn_step_backward(dnext_h, cache)` → dx, dprev_h, dWx, dWh, db; in sequence
 *   `rnn_backward(dh, cache)` → dx, dh0, dWx, dWh, db
 * - rows, lstm: `lstm_step_backward(dnext_h, dnext_c, cache)` → dx, dprev_h, dprev_c, dWx, dWh, db;
 *   in sequence `lstm_backward(dh, cache)` → dx, dh0, dWx, dWh, db
 *
 * It returns an object with these names, or an array in this order. The cache of a step is, in
 * columns, `{ a_next, a_prev, xt, parameters }` for an RNN and `{ a_next, c_next, a_prev, c_prev,
 * ft, it, cct, ot, xt, parameters }` for an LSTM; in rows `{ x, prev_h, Wh, Wx, b, next_h }` and
 * `{ z_i, z_f, z_o, z_g, z_t, prev_c, prev_h, Wx, Wh, x, b }` with z_t = tanh(next_c). Each can
 * also be read as an array in this order (b of the LSTM's by its name alone). A sequence gets the
 * list of its steps' caches. A function that expects what its course has instead gets this: in
 * columns the pair of the list and x, in rows `{ x, h0, Wh, Wx, b, h }` for an RNN. The memory of a
 * sequence starts from zero. With `forward` the cache is whatever that function returns last (or as
 * `cache` or `caches`); it is called as in the course: `rnn_cell_forward(xt, a_prev, parameters)`,
 * `lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)`, `lstm_forward(x, h0, Wx, Wh, b)`, ….
 *
 * Numbers agree up to 1e-5 of the largest of their gradient. What the function throws is part of
 * the grade. Throws a ValueError for anything but a function, and for unknown options.
 *
 * ```ts
 * const timesT = (a: number[][], b: number[][]) =>
 *   a.map((row) => b.map((other) => row.reduce((sum, v, k) => sum + v * other[k], 0)))
 * const t = (a: number[][]) => a[0].map((_, j) => a.map((row) => row[j]))
 * type Cache = Record<'x' | 'prev_h' | 'next_h' | 'Wx' | 'Wh', number[][]>
 * function rnn_step_backward(dnext_h: number[][], { x, prev_h, next_h, Wx, Wh }: Cache) {
 *   const dz = dnext_h.map((row, n) => row.map((d, j) => d * (1 - next_h[n][j])))
 *   const db = t(dz).map((column) => column.reduce((sum, v) => sum + v))
 *   return [timesT(dz, Wx), timesT(dz, Wh), timesT(t(x), t(dz)), timesT(t(prev_h), t(dz)), db]
 * }
 * const { correct, mistakes } = grade(rnn_step_backward, { layout: 'rows', cell: 'rnn' })
 * correct // false
 * mistakes[0].name // '1 − y instead of 1 − y²'
 * ```
 */
export function grade(student: Student, options: GradeOptions): Grade {
  requireFunction('grade', 'a backward function', student)
  const plain = requireOptions('grade', options, ['cell', 'layout', 'sequence', 'forward'])
  const form = formOf(plain)
  const own = plain.forward
  if (own !== undefined) requireFunction('grade', 'forward to be a function', own)
  const questions = questionsFor(form)
  const equations = equationsOf(form)
  const befores = questions.map((question) => (own ? askForward(question, own) : null))
  const fields = { ...form, name: student.name || 'the function', before: equations.before }

  const results = befores.filter((answer) => answer !== null)
  const outputs = Object.keys((questions[0] as Question).outputs)
  const forward = results.some((answer) => 'returned' in answer)
    ? outputs.map((name) =>
        gradedBy(questions, results, name, (q) => q.outputs, equations.forward[name] as string),
      )
    : []
  const failed = errorAmong(questions, results)
  if (failed !== null || forward.some(({ right }) => !right))
    return gradeOf({
      ...fields,
      forward,
      gradients: [],
      mistakes: [],
      thrown: failed,
      repeatable: true,
      changed: [],
    })

  const ask = (kind: number, k: number): Answer =>
    askBackward(questions[k] as Question, student, befores[k] as Forward | null, kind)
  const [kind, answers] = understood(questions, own === undefined, ask)
  const names = Object.keys((questions[0] as Question).gradients)
  const gradients = answers.some((answer) => 'returned' in answer)
    ? names.map((name) =>
        gradedBy(questions, answers, name, (q) => q.gradients, equations.of[name] as string),
      )
    : []
  const thrown = errorAmong(questions, answers)
  const isRight = thrown === null && gradients.every(({ right }) => right)
  return gradeOf({
    ...fields,
    forward,
    gradients,
    mistakes: isRight ? [] : matching(questions, answers).map(({ name, says }) => ({ name, says })),
    thrown,
    changed: [...new Set(answers.flatMap((one) => ('returned' in one ? (one.changed ?? []) : [])))],
    repeatable: isSame(answers[0] as Answer, ask(kind, 0)),
  })
}
