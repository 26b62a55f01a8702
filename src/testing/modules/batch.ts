// The laws of repetition and of the batch: a second time, another order, one by one; plain numbers
// are compared.
import type { Tensor } from '../../tensor/index.ts'
import { show } from '../../tensor/internal.ts'
import { CheckError, digits, largestFinite, unravel } from '../report.ts'
import { compare, firstChanged, type Verdict } from '../verdict.ts'
import type { Evaluation, Examinee } from './examinee.ts'
import { mapTensors } from './nested.ts'
import { restored, type Snapshot, snapshot, take } from './snapshot.ts'

/** One list of arguments and its evaluation. */
export interface Weighted {
  args: readonly unknown[]
  /** The batch axis of each tensor in the arguments. */
  axes: readonly (number | null)[]
  whole: Evaluation
  /** One for each output. */
  cotangents: readonly Snapshot[]
  rtol: number | undefined
}

/**
 * The largest relative errors: of each parameter's gradient, and of the outputs under the name ''.
 * Undecided ones are left out.
 */
type Errors = Map<string, number>

const at = (index: readonly number[]) => (index.length === 0 ? '' : ` at [${index.join(', ')}]`)
const named = ({ path }: Snapshot) => (path === '' ? 'output' : `output ${path}`)
const form = ({ shape, dtype }: Snapshot) => `${show(shape)} ${dtype}`
const tolerance = ({ dtype }: Snapshot, rtol: number | undefined) =>
  rtol ?? ({ float64: 1e-9, float32: 1e-4 } as Record<string, number>)[dtype] ?? 0

/** Runs a forward that must not throw, since the one before did not. */
export function attempt(
  subject: Examinee,
  check: string,
  when: string,
  run: () => Evaluation,
): Evaluation {
  try {
    return run()
  } catch (error) {
    if (error instanceof CheckError) throw error
    return subject.fail(check, `forward() to take ${when}, got ${error}`)
  }
}

/** A second evaluation gives the bits of the first, also after another order of the batch. */
export function checkRepeatable(subject: Examinee, weighted: Weighted, B: number): void {
  const { args, whole: first, cotangents } = weighted
  const second = attempt(subject, 'repeatable', 'the same input again after another', () => {
    if (B > 1) subject.forward(select(weighted, orderOf(B)))
    return subject.evaluate(args, (_, k) => cotangents[k])
  })
  const same = (what: string, a: Snapshot, b: Snapshot | undefined) => {
    if (!b || form(a) !== form(b))
      subject.fail(
        'repeatable',
        `${what} to be ${form(a)} a second time, got ${b ? form(b) : 'none'}`,
      )
    const k = firstChanged(a.data, b.data)
    if (k >= 0)
      subject.fail(
        'repeatable',
        `${what} to be ${a.data[k]} a second time in evaluation mode, got ` +
          `${b.data[k]}${at(unravel(k, a.shape))}: draw no random numbers and keep no state`,
      )
  }
  for (const [k, output] of first.outputs.entries()) same(named(output), output, second.outputs[k])
  for (const [k, gradient] of first.gradients.entries())
    same(`the gradient of ${gradient.path}`, gradient, second.gradients[k])
}

/** The arguments with only these members of the batch. */
function select({ args, axes }: Weighted, members: readonly number[]): unknown[] {
  let k = 0
  const cut = (t: Tensor) => {
    const axis = axes[k++]
    return axis === null ? t : restored(take(snapshot(t), axis, members))
  }
  return args.map((arg) => mapTensors(arg, cut))
}

/** The one axis that goes from B to 1 between these shapes. */
function batchAxis(
  subject: Examinee,
  whole: Snapshot,
  single: Snapshot | undefined,
  B: number,
): number {
  const changed = whole.shape.flatMap((size, k) => (single && single.shape[k] === size ? [] : [k]))
  const fits =
    single &&
    single.shape.length === whole.shape.length &&
    single.dtype === whole.dtype &&
    changed.length === 1
  if (fits && whole.shape[changed[0]] === B && single.shape[changed[0]] === 1) return changed[0]
  const got = `${form(whole)} for a batch of ${B} and ${single ? form(single) : 'none'} for one`
  return subject.fail(
    'batch',
    `${named(whole)} to have one axis that is the batch, got ${got}: pass { batchAxis: null } ` +
      'if it mixes the batch',
  )
}

const singleOf = (
  subject: Examinee,
  weighted: Weighted,
  b: number,
  cotangents: (output: Snapshot, k: number) => Snapshot,
): Evaluation =>
  attempt(subject, 'batch', `one of the batch alone, number ${b}`, () =>
    subject.evaluate(select(weighted, [b]), cotangents),
  )

/** The batch axis of every output, found with the first member of the batch alone. */
function outputAxes(subject: Examinee, weighted: Weighted, B: number): number[] {
  const single = singleOf(subject, weighted, 0, (output) => output)
  return weighted.whole.outputs.map((output, k) => batchAxis(subject, output, single.outputs[k], B))
}

/** An order that, for more than two members, is neither the reverse nor a rotation. */
const orderOf = (B: number): number[] =>
  B < 3 ? [1, 0] : [...Array.from({ length: B - 2 }, (_, b) => b + 1), 0, B - 1]

/** Another order of the batch gives the same order of the outputs, and the same gradients. */
export function checkPermutation(subject: Examinee, weighted: Weighted, B: number): Errors {
  const order = orderOf(B)
  const axes = outputAxes(subject, weighted, B)
  const { outputs, gradients } = attempt(subject, 'permutation', 'its batch in another order', () =>
    subject.evaluate(select(weighted, order), (_, k) =>
      take(weighted.cotangents[k], axes[k], order),
    ),
  )
  const expected = weighted.whole.outputs.map((output, k) => take(output, axes[k], order))
  return checkClose(
    subject,
    'permutation',
    `with the batch in the order ${order.join(', ')}`,
    weighted,
    { outputs: expected, gradients: weighted.whole.gradients },
    { outputs, gradients },
  )
}

/**
 * A batch of B gives the outputs of its B members side by side, and the sums of their gradients.
 */
export function checkBatch(subject: Examinee, weighted: Weighted, B: number): Errors {
  const axes = outputAxes(subject, weighted, B)
  const sums = weighted.whole.gradients.map((g) => ({ ...g, data: g.data.slice().fill(0) }))
  const magnitudes = weighted.whole.gradients.map(() => 0)
  const errors: Errors = new Map()
  for (let b = 0; b < B; b++) {
    const { outputs, gradients } = singleOf(subject, weighted, b, (_, k) =>
      take(weighted.cotangents[k], axes[k], [b]),
    )
    const member = weighted.whole.outputs.map((output, k) => take(output, axes[k], [b]))
    const found = checkClose(
      subject,
      'batch',
      `of number ${b} in a batch of ${B}`,
      weighted,
      { outputs, gradients: [] },
      { outputs: member, gradients: [] },
    )
    errors.set('', Math.max(found.get('') ?? 0, errors.get('') ?? 0))
    gradients.forEach((g, k) => {
      g.data.forEach((x, i) => {
        sums[k].data[i] += x
      })
      magnitudes[k] += largestFinite(g.data)
    })
  }
  const whole = { outputs: [], gradients: weighted.whole.gradients }
  const summed = checkClose(
    subject,
    'batch',
    `of a batch of ${B}, against the sum over singles`,
    weighted,
    { outputs: [], gradients: sums },
    whole,
    magnitudes,
  )
  return new Map([...summed, ...errors])
}

/** How far apart two numbers are, relative to this size. */
const errorOver =
  (size: number) =>
  (a: number, b: number): number => {
    if (a === b || Object.is(a, b)) return 0
    const apart = Math.abs(a - b)
    return Number.isFinite(apart) ? apart / size : Infinity
  }

type Numbers = Pick<Evaluation, 'outputs' | 'gradients'>

/**
 * Compares tensor by tensor. Errors are relative to a tensor's largest magnitude. Where terms
 * cancel that may be only rounding error: a number that differs is wrong only if it also differs
 * relative to a hundredth of the largest magnitude of all, and undecided otherwise.
 */
function checkClose(
  subject: Examinee,
  check: string,
  when: string,
  { rtol }: Weighted,
  expected: Numbers,
  got: Numbers,
  magnitudes: readonly number[] = [],
): Errors {
  const errors: Errors = new Map()
  const each = (
    wanted: Snapshot[],
    found: Snapshot[],
    what: (s: Snapshot) => string,
    name: (s: Snapshot) => string,
  ) => {
    const scale = Math.max(0, ...wanted.map(({ data }) => largestFinite(data)), ...magnitudes) / 100
    wanted.forEach((a, k) => {
      const b = found[k]
      if (!b || form(a) !== form(b))
        subject.fail(check, `${what(a)} ${when} to be ${form(a)}, got ${b ? form(b) : 'none'}`)
      const size = Math.max(largestFinite(a.data), largestFinite(b.data), magnitudes[k] ?? 0)
      const isOff = (error: number) => error > tolerance(a, rtol)
      const [own, overall] = [errorOver(size), errorOver(Math.max(size, scale))]
      const verdictOf = (y: number, x: number): Verdict =>
        isOff(overall(y, x)) ? 'differs' : isOff(own(y, x)) ? 'undecided' : 'holds'
      const { verdicts, first, worst, at: place } = compare(b.data, a.data, verdictOf, own)
      if (first >= 0) {
        const [x, y] = [a.data[place], b.data[place]].map(digits)
        subject.fail(
          check,
          `${what(a)}${at(unravel(place, a.shape))} ${when} to be ${x}, got ${y} (relative ` +
            `error ${worst.toExponential(1)})`,
        )
      }
      if (!verdicts.includes('undecided'))
        errors.set(name(a), Math.max(worst, errors.get(name(a)) ?? 0))
    })
  }
  each(expected.outputs, got.outputs, named, () => '')
  each(
    expected.gradients,
    got.gradients,
    ({ path }) => `the gradient of ${path}`,
    ({ path }) => path,
  )
  return errors
}
