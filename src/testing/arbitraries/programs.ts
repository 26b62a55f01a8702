// Random programs over the ops of Tensor, as an arbitrary of fast-check: drawn, kept
// differentiable, and written as source. The ops' calls stand in forms.ts.

import fc from 'fast-check'
import { noGrad, type Shape, type Tensor, tensor, ValueError } from '../../tensor/index.ts'
import { requireOptions, requireWhole, shown } from '../../tensor/internal.ts'

import { narrowedShapes, type TensorData, tensorData } from './arbitraries.ts'
import { forms, type ProgramOp } from './forms.ts'
import { call, source, written } from './source.ts'
import { type Choices, type Functions, functions, type Plan, type ProgramValue } from './steps.ts'

/** The programs to draw. */
export interface ProgramsOptions {
  /** The ops to choose from, by the names of their methods; default all that are differentiable. */
  ops?: readonly ProgramOp[] | undefined
  /** Most steps; default 12. */
  maxSteps?: number | undefined
  /** Most inputs; default 3. */
  maxInputs?: number | undefined
}

/** One line of a program. */
export interface Step {
  /** Places among the inputs and the results of the steps before, counted from 0. */
  readonly operands: readonly number[]
  /** The shape of its result. */
  readonly shape: Shape
  /** Computes the line from its operands' values. */
  run(operands: readonly Tensor[]): Tensor
  /** The right side of the line, from the operands' names. */
  write(names: readonly string[]): string
}

/** Programs are measured this far around the drawn inputs; differences may go as far. */
const AROUND = 2 ** -7
/** Values and slopes stay below these, so that differences are accurate. */
const LARGEST = 8
const STEEPEST = 8
/** The distance of kinks, besides four times the largest change around the drawn inputs. */
const MARGIN = 1 / 16
const MOST_ELEMENTS = 24
const MOST_AXES = 4
const DIALS = 8

/**
 * A function of several tensors that is differentiable at its inputs, and prints as the source that
 * computes it.
 */
export class Program {
  /** float64 leaves that require gradients; the program uses every one. */
  readonly inputs: readonly Tensor[]
  /** The lines, each using only what stands above it. */
  readonly steps: readonly Step[]

  /** @internal */
  constructor(inputs: readonly Tensor[], steps: readonly Step[]) {
    this.inputs = inputs
    this.steps = steps
  }

  /**
   * The last step's result for inputs of the drawn shapes, of either float dtype. Runs no step
   * twice.
   */
  run(inputs: readonly Tensor[] = this.inputs): Tensor {
    const values = [...inputs]
    for (const { operands, run } of this.steps) values.push(run(operands.map((at) => values[at])))
    return values.at(-1) as Tensor
  }

  /** The program as source: a line for each input and each step. */
  toString(): string {
    const leaves = this.inputs.map((x, i) => {
      const text =
        `const ${nameOf(i)} = tensor(${written(x.toArray())}, { dtype: '${x.dtype}', ` +
        'requiresGrad: true })'
      return [text, x.shape] as const
    })
    const lines = this.steps.map(({ operands, shape, write }, i) => {
      const text = `const ${nameOf(this.inputs.length + i)} = ${write(operands.map(nameOf))}`
      return [text, shape] as const
    })
    const shown = [...leaves, ...lines].map(([text, shape]) => `${text} // (${shape.join(', ')})`)
    return [...shown, `return ${nameOf(shown.length - 1)}`].join('\n')
  }

  /** fast-check's counterexamples begin on a line of their own. */
  [fc.toStringMethod](): string {
    return `\n${this}\n`
  }
}

/** a, b, …, z, a1, b1, … */
const nameOf = (place: number): string =>
  `${String.fromCharCode(97 + (place % 26))}${place < 26 ? '' : Math.floor(place / 26)}`

const codes = Object.fromEntries(
  Object.keys(functions).map((name) => [name, (...args: unknown[]) => call(name, args)]),
) as unknown as Functions

/** A value while the program is being drawn. */
interface TrackedValue extends ProgramValue {
  /** The value at the drawn inputs (the first), and at points around them. */
  readonly around: readonly Tensor[]
  readonly plan: Plan | null
  used: boolean
}

const numbersOf = (x: Tensor): number[] => [...x.toTypedArray()]

/** The value, or null where it or its slope is too large for accurate differences. */
function measured(at: number, around: readonly Tensor[], plan: Plan | null): TrackedValue | null {
  const [middle, ...others] = around.map(numbersOf) as [number[], ...number[][]]
  const { shape } = around[0]
  if (middle.length > MOST_ELEMENTS || shape.length > MOST_AXES) return null
  const spread = Math.max(
    ...others.flatMap((numbers) => numbers.map((x, i) => Math.abs(x - middle[i]))),
  )
  const [low, high] = [Math.min(...middle), Math.max(...middle)]
  return spread <= STEEPEST * AROUND && Math.max(-low, high) <= LARGEST
    ? { at, shape, low, spread, around, plan, used: false }
    : null
}

/** An input, moved by ±AROUND in four ways. */
function around({ shape, values }: TensorData, input: number): Tensor[] {
  const signs: ((i: number) => number)[] = [
    () => 0,
    () => 1,
    () => -1,
    (i) => (-1) ** (i + input),
    (i) => (-1) ** (Math.floor(i / 2) + input),
  ]
  return signs.map((sign) =>
    tensor(
      values.map((x, i) => x + sign(i) * AROUND),
      { shape, dtype: 'float64' },
    ),
  )
}

/** The result of a step; null where the program would not be differentiable, or too large. */
function grow(values: readonly TrackedValue[], plan: Plan): TrackedValue | null {
  const operands = plan.operands.map(({ at }) => values[at])
  if (plan.kinks !== undefined) {
    const distance = plan.kinks(
      operands.map((x) => x.around[0]),
      functions,
    )
    if (
      !numbersOf(distance).every(
        (x) => Math.abs(x) >= MARGIN + 4 * Math.max(...operands.map(({ spread }) => spread)),
      )
    )
      return null
  }
  const results = operands[0].around.map((_, point) =>
    plan.apply(
      operands.map((x) => x.around[point]),
      functions,
    ),
  )
  return measured(values.length, results, plan)
}

/** Decisions from a list of numbers, one after the other; 0 beyond its end. */
function choicesFrom(dials: readonly number[], values: readonly TrackedValue[]): Choices {
  let at = 0
  const taken = new Set<TrackedValue>()
  const pick = (n: number): number => (dials[at++] ?? 0) % n
  const value: Choices['value'] = (fits = () => true) => {
    const latest = values.filter(fits).reverse()
    const idle = (x: TrackedValue): boolean => !x.used && !taken.has(x)
    const list = [...latest.filter(idle), ...latest.filter((x) => !idle(x))]
    if (list.length === 0) return null
    const chosen = list[pick(4) < 3 ? 0 : pick(list.length)]
    taken.add(chosen)
    return chosen
  }
  return { pick, of: (list) => list[pick(list.length)], value }
}

/** The values that the last one is computed from, itself included, in their order. */
function live(values: readonly TrackedValue[]): TrackedValue[] {
  const needed = new Set<number>([values.length - 1])
  for (const { at, plan } of values.toReversed())
    if (needed.has(at)) for (const operand of plan?.operands ?? []) needed.add(operand.at)
  return values.filter(({ at }) => needed.has(at))
}

/** null is no step at all: every step shrinks to it first. */
type Drawn = readonly [op: ProgramOp | null, dials: readonly number[]]

/** Composes a program. Impossible steps are left out, so every list of decisions gives one. */
function assemble(inputs: readonly TensorData[], drawn: readonly Drawn[]): Program {
  const used = noGrad(() => {
    const values = inputs.map((x, i) => measured(i, around(x, i), null) as TrackedValue)
    for (const [op, dials] of drawn) {
      const plan = op && forms[op](choicesFrom(dials, values))
      const result = plan && grow(values, plan)
      if (plan === null || result === null) continue
      for (const { at } of plan.operands) values[at].used = true
      values.push(result)
    }
    return live(values).map(({ at, shape, plan }) => ({ at, shape, plan }))
  })
  const place = new Map(used.map(({ at }, i) => [at, i]))
  const leaves = used.filter(({ plan }) => plan === null).map(({ at }) => inputs[at])
  const steps = used.flatMap(({ shape, plan }): Step[] => {
    if (plan === null) return []
    const operands = plan.operands.map(({ at }) => place.get(at) as number)
    const write = (names: readonly string[]): string => String(plan.apply(names.map(source), codes))
    return [{ operands, shape, run: (values) => plan.apply(values, functions), write }]
  })
  return new Program(
    leaves.map(({ shape, values }) =>
      tensor([...values], { shape, dtype: 'float64', requiresGrad: true }),
    ),
    steps,
  )
}

/**
 * Random programs over the ops of Tensor, differentiable at the inputs they are drawn with:
 * arguments of log, division and roots are positive, no maxima are tied, no number is near a kink,
 * values and slopes are moderate. Results are reused. Programs shrink to fewer steps, smaller
 * shapes and simpler numbers, and print as source. Throws a ValueError for an unknown op.
 *
 * ```ts
 * const right = fc.property(programs({ ops: ['mul', 'tanh', 'sum'] }), (program) => {
 *   checkGradients((...inputs) => program.run(inputs), program.inputs)
 * })
 * fc.assert(right) // where tanh is not, it throws:
 * // Counterexample: [
 * // const a = tensor([1, 0.5], { dtype: 'float64', requiresGrad: true }) // (2)
 * // const b = a.tanh() // (2)
 * // const c = b.mul(a) // (2)
 * // return c
 * // ]
 * ```
 */
export function programs(options: ProgramsOptions = {}): fc.Arbitrary<Program> {
  const {
    ops = allOps,
    maxSteps = 12,
    maxInputs = 3,
  } = requireOptions('programs', options, ['ops', 'maxSteps', 'maxInputs'])
  requireWhole('programs', 'maxSteps', maxSteps, 1, 10_000)
  requireWhole('programs', 'maxInputs', maxInputs, 1, 1000)
  if (!Array.isArray(ops))
    throw new ValueError(`programs: expected ops to be an array of names, got ${shown(ops)}`)
  const unknown = ops.find((op) => typeof op !== 'string' || !Object.hasOwn(forms, op))
  if (unknown !== undefined || ops.length === 0)
    throw new ValueError(
      `programs: expected some of ${allOps.join(', ')}, got ` +
        `${typeof unknown === 'string' ? unknown : ops.length === 0 ? 'none' : shown(unknown)}`,
    )
  const dials = fc.array(fc.nat(59), { minLength: DIALS, maxLength: DIALS })
  const weighted = [null, ...ops, ...ops.filter((op) => joins.includes(op))]
  const steps = fc.array(fc.tuple(fc.constantFrom(...weighted), dials), {
    minLength: 1,
    maxLength: maxSteps,
    size: 'max',
  })
  const inputs = tensorData(narrowedShapes(1, maxInputs, { maxSide: 3 }), 'float64', 'any')
  return fc
    .tuple(steps, inputs)
    .map(([drawn, plain]) => assemble(plain, drawn))
    .filter((program) => program.steps.length > 0)
}

const allOps = Object.keys(forms) as ProgramOp[]
/** Drawn twice as often as the others, so that programs grow together. */
const joins: readonly ProgramOp[] = [
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
  'where',
  'matmul',
  'cat',
  'stack',
]
