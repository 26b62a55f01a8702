// Ties the field to the kernels: ops that are polynomials are run on small whole numbers, where
// floats are exact. Their results, plain gradients and sums of gradients must be the field's.

import { grad, type Tensor, tensor } from '../../tensor/index.ts'
import { type BuiltInOp, builtInOp, type Heard, isFloat, show } from '../../tensor/internal.ts'
import { CheckError, locate, place } from '../report.ts'
import { constantOf } from './array.ts'
import { constant } from './dual.ts'
import { Evaluation } from './evaluation.ts'
import { Draws, fieldOf, isEqual, setNumber } from './field.ts'
import { Generators } from './generators.ts'
import type { Recording } from './recording.ts'
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

/** The largest numbers that sums of many are exact with. */
const LARGEST = { float32: 2 ** 18, float64: 2 ** 45 }

/**
 * Examines each op behind results and gradients, once for the shapes and dtypes of its inputs.
 * Throws a CheckError for one that is off.
 */
export function checkWhole({ tape, levels }: Recording, seed: number, ops: ExactOps): void {
  const seen = new Set<string>()
  const draws = new Draws(seed)
  const roots = levels.flatMap(({ results, gradients }) => [...results, ...gradients])
  for (const call of tape.behind(roots)) {
    const { rule, inputs } = call
    const op = builtInOp(rule)
    const key = `${rule.name} ${inputs.map(({ shape, dtype }) => show(shape) + dtype).join()}`
    if (seen.has(key) || (op !== null && !WHOLE.has(op))) continue
    seen.add(key)
    checkCall(call, draws, ops)
  }
}

function checkCall({ rule, inputs, attrs }: Heard, draws: Draws, ops: ExactOps): void {
  const { replay } = rule
  if (replay === undefined) return
  const whole = (t: Tensor): Tensor => wholeLike(t, draws)
  const leaves = inputs.map((x) => (isFloat(x.dtype) ? whole(x) : x))
  // Twice, so that a gradient is also added to one that is there.
  const run = (): Tensor[] => [replay(leaves, attrs), replay(leaves, attrs)]
  const by = leaves.filter((x) => x.requiresGrad)
  const tape = new Tape(ops)
  const results = tape.hear(run)
  const recorded = results.filter((y) => y.requiresGrad)
  const us = recorded.map(whole)
  const pull = (of: readonly Tensor[], createGraph: boolean): Tensor[] =>
    of.length === 0 ? [] : grad(of, by, { gradOutputs: us, allowUnused: true, createGraph })
  const gradients = tape.hear(() => pull(recorded, true))
  const wanted = [...results, ...gradients]
  if (!isWhole(tape, wanted)) return
  const again = run()
  const plain = pull(
    again.filter((y) => y.requiresGrad),
    false,
  )
  const given = new Map([...leaves, ...us].map((t) => [t, constant(constantOf(t))]))
  const exact = new Evaluation(tape, new Generators(draws, false), given).valuesOf(wanted)
  const one = fieldOf(1)
  const got = [...again, ...plain]
  exact.forEach(({ v }, i) => {
    const numbers = got[i].toTypedArray()
    const k = numbers.findIndex((x, k) => {
      setNumber(one, 0, x)
      return !isEqual(one, 0, v.numbers, k)
    })
    if (k < 0) return
    const { index } = locate(k, [got[i].shape])
    const what =
      i < again.length
        ? place('output', 0, index)
        : `the gradient of ${place('input', leaves.indexOf(by[i - again.length]), index)}`
    const shapes = inputs.map(({ shape }) => show(shape)).join(', ')
    throw new CheckError(
      `${who}: expected the op ${rule.name} of ${shapes} to compute what it is defined as, got ` +
        `${numbers[k]} as ${what}, for whole numbers, of which floats compute it without rounding`,
      { check: 'numbers', op: rule.name },
    )
  })
}

/** Whether all ops behind are polynomials, and their numbers small. */
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
      t.toTypedArray().every((x) => Math.abs(x) <= LARGEST[t.dtype as 'float32' | 'float64']),
  )
}

/** A leaf of whole numbers from −3 to 3. */
const wholeLike = ({ size, shape, dtype }: Tensor, draws: Draws): Tensor =>
  tensor(
    Float64Array.from({ length: size }, () => Math.floor(7 * draws.fraction()) - 3),
    { shape, dtype, requiresGrad: true },
  )
