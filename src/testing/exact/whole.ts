// Ops on small whole numbers, where ties are frequent and floats exact: derivatives at ties, and
// the results, plain gradients and sums of gradients of kernels that compute polynomials.

import { grad, type Tensor, tensor } from '../../tensor/index.ts'
import { type BuiltInOp, builtInOp, type Heard, isFloat, show } from '../../tensor/internal.ts'
import type { Checked } from '../gradients/point.ts'
import { CheckError, locate, place } from '../report.ts'
import { constantOf } from './array.ts'
import { constant } from './dual.ts'
import { Evaluation } from './evaluation.ts'
import { compareAt, isDifferent } from './examine.ts'
import { Draws, fieldOf, isEqual, setNumber } from './field.ts'
import { Generators } from './generators.ts'
import { Unusable } from './ops/op.ts'
import { type Recording, recordingOf } from './recording.ts'
import type { ExactOps } from './settings.ts'
import { Tape, who } from './tape.ts'

/** Ops that give whole numbers for whole numbers. */
const WHOLE: ReadonlySet<BuiltInOp> = new Set<BuiltInOp>([
  'neg',
  'abs',
  'sign',
  'square',
  'relu',
  'clamp',
  'add',
  'sub',
  'mul',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'where',
  'sum',
  'matmul',
  'affine',
  't',
  'permute',
  'reshape',
  'broadcastTo',
  'slice',
  'select',
  'flip',
  'cat',
  'stack',
  'indexSelect',
  'gather',
  'to',
  'clone',
  'input',
  'tanhGrad',
  'sigmoidGrad',
  'reluGrad',
  'softmaxGrad',
  'asStridedScatter',
  'read',
  'scatterRows',
  'scatter',
])

/** How often an op is tried for ties. */
const TRIES = 6
/** The largest numbers that sums of many are exact with. */
const LARGEST = { float32: 2 ** 18, float64: 2 ** 45 }

/**
 * Examines each op behind results and gradients, once for the shapes and dtypes of its inputs, and
 * fn as a whole. Throws a CheckError for the first that is off.
 */
export function checkWhole(
  fn: Checked,
  { tape, levels, args }: Recording,
  seed: number,
  ops: ExactOps,
): void {
  const seen = new Set<string>()
  const draws = new Draws(seed)
  const roots = levels.flatMap(({ results, gradients }) => [...results, ...gradients])
  for (const call of tape.behind(roots)) {
    const { rule, inputs } = call
    const key = `${rule.name} ${inputs.map(({ shape, dtype }) => show(shape) + dtype).join()}`
    if (seen.has(key)) continue
    seen.add(key)
    checkCall(call, draws, ops)
  }
  const whole = args.map((x) => wholeLike(x, draws))
  checkKernels({ what: 'fn', op: undefined }, () => fn(...whole), whole, draws, ops)
}

function checkCall(call: Heard, draws: Draws, ops: ExactOps): void {
  const { rule, inputs, attrs } = call
  if (rule.replay === undefined) return
  for (let i = 0; i < TRIES; i++) {
    const leaves = inputs.map((x) => wholeLike(x, draws))
    // Where an op of the caller's has no derivative, its definition may choose another one.
    if (!Object.hasOwn(ops, rule.name)) checkTies(call, leaves, ops, i)
    if (i > 0) continue
    const run = (): Tensor => rule.replay?.(leaves, attrs) as Tensor
    checkKernels({ what: nameOf(call), op: rule.name }, run, leaves, draws, ops)
  }
}

/** An op in words. */
const nameOf = ({ rule, inputs }: Heard): string =>
  `the op ${rule.name} of ${inputs.map(({ shape }) => show(shape)).join(', ')}`

/** The derivative by dual numbers, which at a tie is the one that the op's documentation says. */
function checkTies(call: Heard, leaves: readonly Tensor[], ops: ExactOps, seed: number): void {
  const { rule, attrs } = call
  const by = leaves.filter((x) => x.requiresGrad)
  if (by.length === 0) return
  try {
    const run: Checked = () => rule.replay?.(leaves, attrs) as Tensor
    const recording = recordingOf(run, by, 2, ops, {})
    const given = new Map(by.map((t) => [t, constantOf(t)]))
    if (!isDifferent(compareAt(recording, seed, false, { given }))) return
    const result = compareAt(recording, seed, true, { given })
    if (!isDifferent(result) || result.isDoubtful) return
    throw new CheckError(
      `${who}: expected ${nameOf(call)} to have the derivative of dual numbers, of order ` +
        `${result.order}, at small whole numbers, got another by the tape: look for ties and zeros`,
      { check: 'ties', op: rule.name, order: result.order },
    )
  } catch (error) {
    const isWithout = error instanceof CheckError && error.check === 'tape'
    if (!(error instanceof Unusable) && !isWithout) throw error
  }
}

/** Results and gradients by kernels, to the last bit. */
function checkKernels(
  { what, op }: { readonly what: string; readonly op: string | undefined },
  compute: () => Tensor | readonly Tensor[],
  leaves: readonly Tensor[],
  draws: Draws,
  ops: ExactOps,
): void {
  // Three times: the sum of two gradients is the pass's own, and the third is added to it in place.
  const run = (): Tensor[] => [0, 1, 2].flatMap(() => compute())
  const by = leaves.filter((x) => x.requiresGrad)
  const tape = new Tape(ops)
  const results = tape.hear(run)
  const cotangents = recordedOf(results).map((y) => wholeLike(y, draws))
  const pull = (of: readonly Tensor[], createGraph: boolean): Tensor[] =>
    of.length === 0 ? [] : grad(of, by, { gradOutputs: cotangents, allowUnused: true, createGraph })
  const wanted = [...results, ...tape.hear(() => pull(recordedOf(results), true))]
  if (!isWhole(tape, wanted)) return
  const again = run()
  const got = [...again, ...pull(recordedOf(again), false)]
  const given = new Map([...leaves, ...cotangents].map((t) => [t, constant(constantOf(t))]))
  const one = fieldOf(1)
  const exact = new Evaluation(tape, new Generators(draws, false), given).valuesOf(wanted)
  exact.forEach(({ v }, i) => {
    const numbers = got[i].toTypedArray()
    const k = numbers.findIndex((x, k) => {
      setNumber(one, 0, x)
      return !isEqual(one, 0, v.numbers, k)
    })
    if (k < 0) return
    const { index } = locate(k, [got[i].shape])
    const element =
      i < again.length
        ? place('output', i % (again.length / 3), index)
        : `the gradient of ${place('input', leaves.indexOf(by[i - again.length]), index)}`
    throw new CheckError(
      `${who}: expected ${what} to compute what it is defined as, got ${numbers[k]} as ` +
        `${element}, for whole numbers, of which floats compute it without rounding`,
      { check: 'kernels', ...(op === undefined ? {} : { op }) },
    )
  })
}

const recordedOf = (results: readonly Tensor[]): Tensor[] => results.filter((y) => y.requiresGrad)

/** Whether all ops behind are polynomials, and their numbers small and whole, but for quarters. */
function isWhole(tape: Tape, wanted: readonly Tensor[]): boolean {
  const seen = new Set(wanted)
  for (const t of seen) {
    const made = tape.madeBy(t)
    if (made?.kind === 'free') return false
    if (made?.kind === 'defined') seen.add(made.by)
    if (made?.kind !== 'built-in') continue
    const op = builtInOp(made.call.rule)
    if (op === null || !WHOLE.has(op)) return false
    for (const x of made.call.inputs) seen.add(x)
  }
  return [...seen].every(
    (t) =>
      !isFloat(t.dtype) ||
      t
        .toTypedArray()
        .every(
          (x) =>
            Number.isInteger(4 * x) && Math.abs(x) <= LARGEST[t.dtype as 'float32' | 'float64'],
        ),
  )
}

/** Whole numbers from −2 to 2 for floats, and a leaf where it was part of the tape. */
function wholeLike(t: Tensor, draws: Draws): Tensor {
  const { size, shape, dtype, requiresGrad } = t
  if (!isFloat(dtype)) return t
  const numbers = Float64Array.from({ length: size }, () => Math.floor(5 * draws.fraction()) - 2)
  return tensor(numbers, { shape, dtype, requiresGrad })
}
