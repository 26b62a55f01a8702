// What is wrong with a function where no mistake gives its numbers: it is right for one example
// alone, or for small upstream gradients, or gives gradients in each other's place.
import { agrees, magnitudes } from './compare.ts'
import type { Answer, Question } from './exam.ts'
import type { Nested } from './layout.ts'
import type { Mistake } from './mistakes/index.ts'
import { isSingle, isSmall } from './problem.ts'

type Fact = Pick<Mistake, 'name' | 'says'>

const single: Fact = {
  name: 'it is right for a batch of one example only',
  says:
    'Every gradient is right for one example, and some are wrong for more: look for an example ' +
    'that is picked out of the batch, and for a sum over the batch that is missing.',
}
const LINEAR =
  'Every gradient is right where the upstream gradients are small, and some are wrong where they ' +
  'are large: a backward pass is linear in them.'
const bent: Fact = { name: 'it is not linear in the upstream gradients', says: LINEAR }
const clipped = (bound: number): Fact => ({
  name: 'the gradients are clipped',
  says:
    `${LINEAR} Here they are cut off at ±${bound}. Gradients are clipped after the backward ` +
    'pass, before the step of the optimiser.',
})

export const facts: readonly Fact[] = [single, bent, clipped(5)]

const isRight = ({ gradients }: Question, answer: Answer): boolean =>
  'returned' in answer &&
  Object.entries(gradients).every(([name, expected]) => agrees(answer.returned[name], expected))

/** The number that is the largest of a gradient more than once: it is cut off there. */
function boundOf({ gradients }: Question, answer: Answer): number | null {
  if ('thrown' in answer) return null
  for (const name of Object.keys(gradients)) {
    const [most, next] = magnitudes(answer.returned[name])
    if (most !== undefined && most > 0 && most === next) return most
  }
  return null
}

/** One of these, or none. */
export function byFacts(questions: readonly Question[], answers: readonly Answer[]): Fact[] {
  const right = questions.map((question, k) => isRight(question, answers[k] as Answer))
  const areRight = (of: (question: Question) => boolean): boolean =>
    questions.every((question, k) => !of(question) || right[k])
  const isOne = ({ problem }: Question): boolean => isSingle(problem)
  if (!areRight(({ problem }) => isSmall(problem))) return areRight(isOne) ? [single] : []
  const last = questions.length - 1
  if (right[last]) return []
  const bound = boundOf(questions[last] as Question, answers[last] as Answer)
  return [bound === null ? bent : clipped(bound)]
}

/** Where every gradient that is wrong has the numbers of another one: that; else nothing. */
export function byNames(questions: readonly Question[], answers: readonly Answer[]): Fact[] {
  const names = Object.keys((questions[0] as Question).gradients)
  const isAlways = (name: string, other: string): boolean =>
    questions.every(({ gradients }, k) => {
      const answer = answers[k] as Answer
      return 'returned' in answer && agrees(answer.returned[name], gradients[other] as Nested)
    })
  const wrong = names.filter((name) => !isAlways(name, name))
  const pairs = wrong.map((name) => [name, names.find((other) => isAlways(name, other))] as const)
  if (pairs.length === 0 || pairs.some(([, other]) => other === undefined)) return []
  const list = pairs.map(([name, other]) => `${name} has the numbers of ${other}`).join(', ')
  return [
    {
      name: 'the numbers are those of another gradient',
      says:
        `${list}. Each is right in itself: the order is ${names.join(', ')}; or return an object ` +
        'with these names.',
    },
  ]
}
