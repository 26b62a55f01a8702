// The laws that every optimiser keeps, on given numbers and gradients; optimizer.ts draws the
// cases.

import { type Tensor, tensor, ValueError } from '../../tensor/index.ts'
import { requireFunction, shown } from '../../tensor/internal.ts'
import { CheckError } from '../report.ts'
import { compare, within } from '../verdict.ts'

/** Moves parameters along their gradients. Its optional parts are checked where it has them. */
export interface Stepper {
  /** Moves every parameter that has a gradient. */
  step(): void
  /** The learning rate, where it can be set. */
  lr?: number | undefined
  /** Its groups, where it has any: the learning rate of each can be set. */
  paramGroups?: readonly { lr: number }[] | undefined
  /** The state, from which it can go on later. */
  stateDict?(): unknown
  /** Goes on from this state. */
  loadStateDict?(state: never): void
}

/**
 * A paper's algorithm for one number: each call begins anew, and returns a function from θ and the
 * gradient there to θ after the step.
 */
export type OptimizerReference = () => (theta: number, gradient: number) => number

/** The first numbers of two parameters, (2) and (1), and their gradients in each step. */
export interface Case {
  start: number[][]
  gradients: number[][][]
}

/** The optimiser under examination, and the tolerance. */
export interface Subject {
  make: (parameters: Tensor[]) => Stepper
  rtol: number
  clip?: ((gradients: number[][]) => number[][]) | undefined
}

/** Throws where the law is broken; false where the optimiser lacks the part that it is about. */
export type Law = (subject: Subject, one: Case) => boolean

/** The numbers of both parameters, from three. */
export const asParameters = ([a, b, c]: number[]): number[][] => [[a, b], [c]]
/** Not to the bit: 0 and −0 are the same parameter. */
const sameNumbers = (a: number[], b: number[]): boolean =>
  compare(b, a, (y, x) => within(y, x, 0)).first < 0

function fail(check: string, expectation: string): never {
  throw new CheckError(`checkOptimizer: expected ${expectation}`, { check })
}

/** Parameters at these numbers and an optimiser over them. */
function begin({ make }: Subject, start: number[][]) {
  const parameters = start.map((values) => tensor(values, { dtype: 'float64', requiresGrad: true }))
  const optimizer = make([...parameters])
  if (typeof optimizer?.step !== 'function')
    throw new ValueError(
      'checkOptimizer: expected make(parameters) to return an object with step(), got ' +
        `${shown(optimizer)}`,
    )
  const read = (): number[][] => parameters.map((p) => p.toArray() as number[])
  const step = (gradients: (number[] | null)[]): number[][] => {
    parameters.forEach((p, k) => {
      const g = gradients[k]
      p.grad = g && tensor(g, { dtype: 'float64' })
    })
    optimizer.step()
    return read()
  }
  return { parameters, optimizer, read, step }
}

/** A parameter whose gradient is null keeps its numbers, before its first step and after. */
const untouched: Law = (subject, { start, gradients }) => {
  const { step, read } = begin(subject, start)
  for (const [t, [a, b]] of gradients.entries()) {
    const bare = t % 4 < 2
    const before = read()
    let after: number[][]
    try {
      after = step([a, bare ? null : b])
    } catch (error) {
      if (!bare) throw error
      fail('untouched', `step() to pass over a parameter without gradient, got ${error}`)
    }
    if (bare && !sameNumbers(before[1], after[1]))
      fail('untouched', `a parameter without gradient to stay at ${before[1]}, got ${after[1]}`)
  }
  return true
}

/** step() changes the parameters' numbers only: neither gradients, unless it clips, nor dtypes. */
const mutation: Law = (subject, { start, gradients }) => {
  const { parameters, step } = begin(subject, start)
  for (const given of gradients) {
    step(given)
    parameters.forEach((p, k) => {
      const leaf = `${p.requiresGrad && p.isLeaf ? 'a' : 'no'} leaf that requires a gradient`
      const is = `${p.dtype}, ${leaf}`
      if (is !== 'float64, a leaf that requires a gradient')
        fail('mutation', `step() to leave parameter ${k} a float64 leaf, got ${is}`)
      const kept = p.grad?.toArray() as number[] | undefined
      if (!subject.clip && !(kept && sameNumbers(given[k], kept)))
        fail(
          'mutation',
          `step() to leave the gradient ${given[k]} as it is, got ${kept ?? null}: pass { clip ` +
            '} where it clips',
        )
    })
  }
  return true
}

/**
 * One optimiser over [a, b] moves them as two do, one over a and one over b: but not where it clips
 * by a norm over all.
 */
const independence: Law = (subject, { start, gradients }) => {
  if (subject.clip) return false
  const together = begin(subject, start)
  const apart = start.map((values) => begin(subject, [values]))
  const paths = start.map((values) => values.map(begun))
  const before = start.map((values) => [...values])
  gradients.forEach((given, t) => {
    const both = together.step(given)
    apart.forEach(({ step }, k) => {
      const [alone] = step([given[k]])
      alone.forEach((θ, i) => {
        go(paths[k][i], before[k][i], θ)
      })
      before[k] = alone
      const { first } = compare(both[k], alone, (x, θ, i) =>
        within(x, θ, allowed(paths[k][i], subject.rtol)),
      )
      if (first >= 0)
        fail(
          'independence',
          `parameter ${k} after step ${t + 1} to be ${alone}, as with an optimiser of its own, ` +
            `got ${both[k]} beside another`,
        )
    })
  })
  return true
}

/** A new optimiser that loads a state dict goes on bit for bit like the old one. */
const resume: Law = (subject, { start, gradients }) => {
  const first = begin(subject, start)
  if (!first.optimizer.stateDict || !first.optimizer.loadStateDict) return false
  const half = Math.floor(gradients.length / 2)
  for (const given of gradients.slice(0, half)) first.step(given)
  const [numbers, state] = [first.read(), first.optimizer.stateDict()]
  const goneOn = gradients.slice(half).map(first.step)
  const second = begin(subject, numbers)
  second.optimizer.loadStateDict?.(state as never)
  gradients.slice(half).forEach((given, i) => {
    const [a, b] = [goneOn[i].flat(), second.step(given).flat()]
    if (!sameNumbers(a, b))
      fail(
        'resume',
        `${i + 1} steps after stateDict() the parameters ${a}, got ${b} after loadStateDict()`,
      )
  })
  return true
}

/** With lr 0 nothing moves. */
const zeroLr: Law = (subject, { start, gradients }) => {
  const { optimizer, step } = begin(subject, start)
  const rated: readonly { lr?: number | undefined }[] = optimizer.paramGroups ?? [optimizer]
  if (rated.some(({ lr }) => typeof lr !== 'number')) return false
  const before = step(gradients[0])
  try {
    for (const one of rated) one.lr = 0
  } catch {
    return false
  }
  for (const given of gradients.slice(1)) {
    const after = step(given)
    if (!sameNumbers(before.flat(), after.flat()))
      fail('zero lr', `the parameters to stay at ${before.flat()} with lr 0, got ${after.flat()}`)
  }
  return true
}

/**
 * f(θ) = |θ|²/8 + 3 (v·θ)²/(8 |v|²), with eigenvalues 1/4 and 1, is lower at the end. Its minimum
 * is at 0, where weight decay leads too.
 */
const downhill: Law = (subject, { start, gradients }) => {
  const v = gradients[0].flat().map((x) => x + 4)
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0)
  const slope = (θ: number[]) => θ.map((x, i) => x / 4 + (0.75 * v[i] * dot(v, θ)) / dot(v, v))
  const f = (θ: number[]) => dot(θ, slope(θ)) / 2
  const from = start.map((values) => values.map((x) => (x < 0 ? x - 1 : x + 1)))
  const { step } = begin(subject, from)
  let θ = from.flat()
  for (const _ of gradients) θ = step(asParameters(slope(θ))).flat()
  if (!(f(θ) < f(from.flat())))
    fail(
      'downhill',
      `${gradients.length} steps to lower a convex quadratic from ${f(from.flat())} at ${from}, ` +
        `got ${f(θ)} at ${θ}`,
    )
  return true
}

/**
 * A step may leave this many roundings in a parameter, in whatever order its formula is computed.
 */
const ROUNDINGS = 8 * 2 ** -52

/** The path of a number: its largest magnitude, and the sum of its moves. */
interface Path {
  largest: number
  moved: number
  steps: number
}

const begun = (θ: number): Path => ({ largest: Math.abs(θ), moved: 0, steps: 0 })

function go(path: Path, from: number, to: number): void {
  path.largest = Math.max(path.largest, Math.abs(to))
  path.moved += Math.abs(to - from)
  path.steps++
}

/**
 * The tolerance for a number: rtol of the distance that it has moved, or the rounding of its steps.
 */
const allowed = ({ largest, moved, steps }: Path, rtol: number): number =>
  Math.max(rtol * moved, ROUNDINGS * steps * largest)

/**
 * Every element moves as the reference moves a number. Returns the largest error as a part of the
 * distance moved, of numbers whose tolerance is below a hundredth of that distance.
 */
export function distance(
  subject: Subject,
  reference: OptimizerReference,
  { start, gradients }: Case,
): number {
  const { step } = begin(subject, start)
  let θ = start.flat()
  const references = θ.map(() =>
    requireFunction('checkOptimizer', 'reference() to return a function of θ and g', reference()),
  )
  const paths = θ.map(begun)
  const seen: number[][] = []
  let worst = 0
  gradients.forEach((given, t) => {
    const clipped = subject.clip ? subject.clip(given.map((g) => [...g])) : given
    const used = clipped.flatMap((g) => [...g])
    seen.push(used)
    const after = step(given).flat()
    θ = θ.map((from, k) => {
      const next = references[k](from, used[k])
      if (typeof next !== 'number')
        throw new ValueError(
          'checkOptimizer: expected the function of θ and g to return a number, got ' +
            `${shown(next)}`,
        )
      go(paths[k], from, next)
      return next
    })
    const tolerances = paths.map((path) => allowed(path, subject.rtol))
    const { first, worst: error } = compare(
      after,
      θ,
      (x, next, k) => within(x, next, tolerances[k]),
      (x, next, k) =>
        tolerances[k] <= paths[k].moved / 100 ? Math.abs(x - next) / paths[k].moved : 0,
    )
    if (first >= 0)
      fail(
        'reference',
        `${start.flat()[first]} to become ${θ[first]} in step ${t + 1}, got ${after[first]}: the ` +
          `gradients were ${seen.map((all) => all[first]).join(', ')}`,
      )
    worst = Math.max(worst, error)
  })
  return worst
}

export const laws: Record<string, Law> = {
  untouched,
  mutation,
  independence,
  resume,
  'zero lr': zeroLr,
  downhill,
}
