// The result of grading a function: in fields for programs, and as text for its author; it computes
// nothing.
import type { Deviation } from './compare.ts'
import type { Form } from './problem.ts'

/** One gradient, or one result of a forward function. */
export interface Graded {
  /** As in the document: 'dWax', 'dprev_h', …. */
  readonly name: string
  /** Whether it is right in every case. */
  readonly right: boolean
  /** The equation that gives it. */
  readonly equation: string
  /** The sizes of the smallest case in which it is wrong; null where it is right. */
  readonly sizes: string | null
  /** The number of steps of that case; null where it is right, or for one step. */
  readonly length: number | null
  /**
   * The first step that is wrong, counted from 1, in the order of the backward pass: from the last
   * step to the first. Only gradients of inputs have one for each step: null for others.
   */
  readonly step: number | null
  /** The first deviation. */
  readonly deviation: Deviation | null
}

/** A mistake that explains every number returned. */
export interface FoundMistake {
  /** In a few words: 'the carry is forgotten'. */
  readonly name: string
  /** What the function does, and what it should do. */
  readonly says: string
}

/** The fields of a Grade. */
export interface GradeFields extends Form {
  /** The name of the function. */
  readonly name: string
  /** The results of the student's own forward function; empty where none was given. */
  readonly forward: readonly Graded[]
  /** In the order of the document; empty where the forward function is wrong. */
  readonly gradients: readonly Graded[]
  /**
   * One mistake, or two, with which a backward pass returns exactly these numbers; empty where
   * everything is right, or nothing known explains it.
   */
  readonly mistakes: readonly FoundMistake[]
  /** What a call threw, and with which sizes; null where every call returned something. */
  readonly thrown: string | null
  /**
   * Whether a second call gave the same numbers: nothing is kept from call to call, and no random
   * numbers are drawn.
   */
  readonly repeatable: boolean
  /**
   * The arguments in which it changed numbers: 'da_next', 'dh', 'the cache', …. The gradients are
   * none the worse, but those who call it may be.
   */
  readonly changed: readonly string[]
  /** Equations of what the gradients are computed from. */
  readonly before: readonly string[]
}

/** Two numbers with four digits, or with as many as tell them apart. */
function numerals(a: number, b: number): [string, string] {
  for (let digits = 4; digits <= 17; digits++) {
    const [x, y] = [a, b].map((v) => String(Number(v.toPrecision(digits))))
    if (x !== y) return [x, y]
  }
  return [String(a), String(b)]
}

const stepsOf = (n: number): string => (n === 1 ? '1 step' : `${n} steps`)

function where({ deviation, sizes, length, step, name }: Graded): string {
  if (deviation === null) return ''
  if (deviation.problem === 'missing') return 'is not returned'
  if (deviation.problem === 'shape')
    return `${deviation.got}, expected the shape ${deviation.expected} (${sizes})`
  const { at } = deviation
  const [got, expected] = numerals(deviation.got, deviation.expected)
  const from = length === null ? '' : `from ${stepsOf(length)} on; `
  const first = step === null || length === 1 ? '' : `first at t = ${step}: `
  return `${from}${first}${name}[${at.join('][')}] is ${got}, expected ${expected}`
}

/** The lines that these need, and the lines that those need. */
function needed(before: readonly string[], lines: readonly string[]): string[] {
  const all = [...lines]
  for (const line of [...before].reverse()) {
    const [symbol] = line.split(' = ')
    const use = new RegExp(`(?<![\\p{L}])${symbol}(?![\\p{L}⁻⟨])`, 'u')
    if (all.some((other) => use.test(other.slice(other.indexOf(' = '))))) all.push(line)
  }
  return before.filter((line) => all.includes(line))
}

const table = (graded: readonly Graded[]): string[] => {
  const width = Math.max(...graded.map(({ name }) => name.length))
  return graded.flatMap((one) => {
    const head = `  ${one.name.padEnd(width)}  `
    if (one.right) return [`${head}right`]
    return [`${head}wrong   ${one.equation}`, `${' '.repeat(width + 12)}${where(one)}`]
  })
}

const count = (graded: readonly Graded[], what: string): string => {
  const right = graded.filter((one) => one.right).length
  if (right === graded.length) return `all ${right} ${what} are right`
  if (right === 0) return `none of ${graded.length} ${what} is right`
  return `${right} of ${graded.length} ${what} ${right === 1 ? 'is' : 'are'} right`
}

function diagnosis({ mistakes, gradients, repeatable, changed, before }: GradeFields): string[] {
  const lines: string[] = []
  if (!repeatable)
    lines.push(
      'A second call with the same arguments returns other numbers: sums are kept from call to ' +
        'call, or random numbers are drawn.',
    )
  if (changed.length > 0)
    lines.push(
      `It changes numbers of ${changed.join(' and ')} in place: who calls it may need them ` +
        'afterwards. Change a copy.',
    )
  if (gradients.every(({ right }) => right)) return lines
  const [one, two] = mistakes
  if (gradients.some(({ deviation }) => deviation?.problem === 'missing'))
    lines.push('Return each gradient under its name: mistakes are looked for in all together.')
  else if (one === undefined) lines.push('No known mistake gives exactly these numbers.')
  else if (two === undefined) lines.push(`The mistake: ${one.name}.`, one.says)
  else
    lines.push(
      `Two mistakes at once: ${one.name}; ${two.name}.`,
      ...[one, two].map(({ says }) => says),
    )
  const wrong = gradients.filter((one) => !one.right).map(({ equation }) => equation)
  const others = needed(before, wrong).map((line) => `  ${line}`)
  return [...lines, ...(others.length === 0 ? [] : ['', 'where', ...others])]
}

/** The text of a grade. */
function textOf(grade: GradeFields): string {
  const { name, layout, cell, sequence, forward, gradients, thrown } = grade
  const head = `${name} (${cell}, ${sequence ? 'sequence' : 'one step'}, in ${layout})`
  const wrongForward = forward.some(({ right }) => !right)
  if (wrongForward)
    return [
      `${head}: the forward function is wrong, and nothing after it was graded`,
      ...table(forward),
    ].join('\n')
  const failed = thrown === null ? [] : [`It failed: ${thrown}`]
  if (gradients.length === 0) return [`${head}: nothing was returned`, ...failed].join('\n')
  const lines = [`${head}: ${count(gradients, 'gradients')}`, ...table(gradients)]
  return [...lines, ...failed, ...diagnosis(grade)].join('\n')
}

/** What `grade` gives: `String(grade)` is a report for the author of the function. */
export interface Grade extends GradeFields {
  /** Whether everything is right. */
  readonly correct: boolean
  /** A few lines for the author of the function. */
  toString(): string
}

export function gradeOf(fields: GradeFields): Grade {
  const { thrown, repeatable, forward, gradients } = fields
  const isRight = [...forward, ...gradients].every(({ right }) => right)
  const correct = thrown === null && repeatable && gradients.length > 0 && isRight
  return Object.defineProperty({ ...fields, correct }, 'toString', { value: () => textOf(fields) })
}
