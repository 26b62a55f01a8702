// Finds the mistakes that explain all that a function returned: one, or two at once.
import { agrees, agreesFlat, isWhole } from './compare.ts'
import { type Answer, answerOf, type Question } from './exam.ts'
import { byFacts, byNames } from './facts.ts'
import type { Named } from './layout.ts'
import { type Mistake, mistakesIn } from './mistakes/index.ts'
import { right } from './pieces.ts'
import { isSingle } from './problem.ts'

/**
 * Whether a function with these mistakes gives this answer. Where a mistake multiplies matrices
 * that do not fit, a function throws, or returns arrays of other shapes or with NaN in them.
 */
function gives(answer: Answer, question: Question, mistakes: readonly Mistake[]): boolean {
  const wrong = answerOf(question, Object.assign({ ...right }, ...mistakes.map((m) => m.pieces)))
  if ('thrown' in answer) return 'thrown' in wrong
  const names = Object.keys(question.gradients).filter(
    (name) => answer.returned[name] !== undefined,
  )
  if ('thrown' in wrong)
    return names.some(
      (name) =>
        !isWhole(answer.returned[name]) || !agrees(answer.returned[name], question.gradients[name]),
    )
  // A bias that is not summed over one example has the right numbers in another shape.
  const same = isSingle(question.problem) ? agreesFlat : agrees
  return names.every((name) => same(answer.returned[name], (wrong.returned as Named)[name]))
}

/** What one mistake alone does to each gradient of one question. */
interface Effect {
  readonly mistake: Mistake
  /** The gradients that it makes wrong. */
  readonly wrong: ReadonlySet<string>
  /** The gradients that are as in the answer. */
  readonly given: ReadonlySet<string>
}

type Returned = Readonly<Record<string, unknown>>

function effectOf(mistake: Mistake, question: Question, returned: Returned): Effect {
  const answer = answerOf(question, { ...right, ...mistake.pieces })
  const names = Object.keys(question.gradients)
  if ('thrown' in answer) return { mistake, wrong: new Set(names), given: new Set() }
  const numbers = answer.returned as Named
  return {
    mistake,
    wrong: new Set(names.filter((name) => !agrees(numbers[name], question.gradients[name]))),
    given: new Set(names.filter((name) => agrees(returned[name], numbers[name]))),
  }
}

/**
 * One mistake, then two in different pieces, that may explain the answer. Where only one of two
 * makes a gradient wrong, it has to be the answer's.
 */
function* candidates(question: Question, returned: Returned): Generator<readonly Mistake[]> {
  const names = Object.keys(question.gradients).filter((name) => returned[name] !== undefined)
  const isRight = new Set(names.filter((name) => agrees(returned[name], question.gradients[name])))
  const effects = mistakesIn(question.problem.form).map((m) => effectOf(m, question, returned))
  for (const { mistake, given } of effects)
    if (names.every((name) => given.has(name))) yield [mistake]
  const may = (a: Effect, b: Effect, name: string): boolean => {
    if (a.wrong.has(name)) return b.wrong.has(name) || a.given.has(name)
    return b.wrong.has(name) ? b.given.has(name) : isRight.has(name)
  }
  for (const [k, a] of effects.entries())
    for (const b of effects.slice(k + 1))
      if (
        !Object.keys(a.mistake.pieces).some((piece) => piece in b.mistake.pieces) &&
        names.every((name) => may(a, b, name))
      )
        yield [a.mistake, b.mistake]
}

/**
 * The mistakes with which every answer is given, number by number: one, if one is enough, or two;
 * else where it is that they are right. None where nothing known explains them, or where a gradient
 * is missing: the others may fit many.
 */
export function matching(
  questions: readonly Question[],
  answers: readonly Answer[],
): readonly Pick<Mistake, 'name' | 'says'>[] {
  const [last, answer] = [questions.at(-1), answers.at(-1)]
  // The last question is the one whose sizes are equal: if it has no answer, none has.
  if (last === undefined || answer === undefined || 'thrown' in answer) return []
  const names = Object.keys(last.gradients)
  if (names.some((name) => answer.returned[name] === undefined)) return []
  for (const made of candidates(last, answer.returned))
    if (
      gives(answer, last, made) &&
      questions.every((question, k) => gives(answers[k] as Answer, question, made))
    )
      return made
  const exchanged = byNames(questions, answers)
  return exchanged.length > 0 ? exchanged : byFacts(questions, answers)
}
