// A function as the calls of ops that it makes: run several times with named axes of different
// sizes and with different numbers. What differs in another way than by sizes is refused.

import {
  type DType,
  noGrad,
  type Shape,
  TapeError,
  Tensor,
  tensor,
  ValueError,
} from '../../tensor/index.ts'
import {
  builtInOp,
  type Heard,
  isFloat,
  listeningToAll,
  requireSync,
  show,
  shown,
  sizeOf,
} from '../../tensor/internal.ts'
import { type NamedAxis, runSizes, Sizes } from './sizes.ts'

/** An input of the model; axes with a name may have any size. */
export interface OnnxInput {
  /** The sizes of the axes, or their names. */
  readonly shape: readonly (number | string)[]
  /** Default float32. */
  readonly dtype?: DType | undefined
  /**
   * The least and the greatest number of the examples that the function is run with; 0 and 1 for
   * whole numbers, 0.25 and 0.75 for floats.
   */
  readonly range?: readonly [least: number, greatest: number] | undefined
}

/** One call of an op in every run. */
export type Calls = readonly Heard[]

/** What a function does, whatever the sizes of named axes. */
export interface Trace {
  readonly axes: readonly NamedAxis[]
  readonly sizes: Sizes
  /** The inputs and results in every run. */
  readonly inputs: readonly (readonly Tensor[])[]
  readonly outputs: readonly (readonly Tensor[])[]
  /** The calls on which results depend, in order. */
  readonly calls: readonly Calls[]
}

export type Traced = (...inputs: Tensor[]) => Tensor | readonly Tensor[]

interface Run {
  /** Of the named axes. */
  readonly sizes: readonly number[]
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  readonly calls: readonly Heard[]
}

const who = 'toOnnx'

/** The most numbers that the inputs of an example have; a run of more is left out. */
const MOST_NUMBERS = 2 ** 26

/** Throws a ValueError for a function that is not the same in every run. */
export function traced(fn: Traced, given: ReadonlyMap<string, OnnxInput>): Trace {
  const places = placesOf(given)
  const runs = runsOf(fn, given, [...places.keys()])
  const [first] = runs
  const names = ({ calls }: Run): string[] => calls.map(({ rule }) => rule.name)
  for (const run of runs)
    if (names(run).join() !== names(first).join())
      throw new ValueError(
        `${who}: expected the same ops at any size of the named axes, got ` +
          `${difference(names(first), names(run))}: give an axis on which they depend a number ` +
          'in the place of a name, as for the steps of a cell that is no program',
      )
  const axes = Array.from(places, ([name, place], k): NamedAxis => {
    return { name, ...place, sizes: runs.map(({ sizes }) => sizes[k]) }
  })
  return {
    axes,
    sizes: new Sizes(axes, runs.length),
    inputs: columns(runs.map(({ inputs }) => inputs)),
    outputs: columns(runs.map(({ outputs }) => outputs)),
    calls: columns(runs.map(({ calls }) => calls)),
  }
}

/** Lists of equal length, read the other way. */
const columns = <T>(rows: readonly (readonly T[])[]): T[][] =>
  (rows[0] as readonly T[]).map((_, i) => rows.map((row) => row[i]))

/** `tanh where another run calls relu` */
function difference(a: readonly string[], b: readonly string[]): string {
  const at = a.findIndex((name, i) => name !== b[i])
  if (at < 0 || b[at] === undefined) return `${a.length} calls, and ${b.length} in another run`
  return `${a[at]} where another run calls ${b[at]}`
}

/** The first input with each named axis, and its place there. */
function placesOf(given: ReadonlyMap<string, OnnxInput>) {
  const places = new Map<string, { input: string; axis: number }>()
  for (const [input, { shape }] of given)
    shape.forEach((name, axis) => {
      if (typeof name === 'string' && !places.has(name)) places.set(name, { input, axis })
    })
  return places
}

/** The runs that end; at some sizes a function may have no result. Throws where none does. */
function runsOf(
  fn: Traced,
  given: ReadonlyMap<string, OnnxInput>,
  names: readonly string[],
): readonly Run[] {
  const runs: Run[] = []
  let failure: ValueError | null = null
  for (const [i, sizes] of runSizes(names.length).entries()) {
    const shapes = Array.from(given.values(), ({ shape }) =>
      shape.map((n) => (typeof n === 'number' ? n : sizes[names.indexOf(n)])),
    )
    try {
      requireFew(shapes)
      const inputs = [...given.values()].map((input, k) =>
        example(shapes[k], input, 1 + k + i * given.size),
      )
      // What is made at the first call alone is no part of the function.
      if (i === 0) heard(fn, inputs)
      runs.push({ sizes, inputs, ...heard(fn, inputs) })
    } catch (error) {
      if (error instanceof Refusal) throw new ValueError(error.message)
      if (error instanceof TapeError) throw error
      failure ??= failureOf(error, names, sizes)
    }
    if (names.length === 0 && runs.length === 2) break
  }
  if (runs.length > 0) return runs
  throw failure
}

function requireFew(shapes: readonly Shape[]): void {
  const count = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0)
  if (count > MOST_NUMBERS)
    throw new RangeError(`the inputs have ${count} numbers, more than ${MOST_NUMBERS}`)
}

/** What a function threw for its first example. */
function failureOf(error: unknown, names: readonly string[], sizes: readonly number[]): ValueError {
  const own = names.map((name, k) => `${name} = ${sizes[k]}`).join(', ')
  const message = error instanceof Error ? error.message : String(error)
  return new ValueError(
    `${who}: expected a function that takes examples of the inputs, got an error${
      own === '' ? '' : ` at ${own}`
    }: ${message}: give an axis a number in the place of its name, or an input the range of ` +
      'its numbers, as { shape, dtype, range: [1, 9] }',
    { cause: error },
  )
}

/** What is wrong with the function at any size. */
class Refusal extends Error {}

/** Numbers of an example. */
function example(shape: Shape, { dtype = 'float32', range }: OnnxInput, seed: number): Tensor {
  const [least, greatest] = range ?? (isFloat(dtype) ? [0.25, 0.75] : [0, 1])
  const random = (i: number): number => {
    const word = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b)
    return (Math.imul(word ^ (word >>> 15), 0xc2b2ae35) >>> 0) / 2 ** 32
  }
  const numbers = Array.from({ length: sizeOf(shape) }, (_, i) =>
    isFloat(dtype)
      ? least + random(i) * (greatest - least)
      : Math.floor(least + random(i) * (greatest - least + 1)),
  )
  return tensor(numbers, { shape, dtype })
}

/** The results of a call, and the calls of ops on which they depend. */
function heard(fn: Traced, inputs: readonly Tensor[]) {
  const refuse = (what: string): never => {
    const remedy = what.startsWith('draws')
      ? ': call model.eval() before, and draw outside of the function'
      : ''
    throw new Refusal(`${who}: expected a function of ops alone, got one that ${what}${remedy}`)
  }
  const run = () => noGrad(() => requireSync(who, fn(...inputs)))
  const [result, all] = listeningToAll(run, refuse, true)
  const outputs: readonly Tensor[] = Array.isArray(result) ? result : [result]
  outputs.forEach((t: unknown, i) => {
    if (!(t instanceof Tensor))
      throw new Refusal(
        `${who}: expected a tensor, or a list of tensors, got ${shown(t)} as result ${i}: return ` +
          'each tensor by itself',
      )
  })
  const read = new Set<Tensor>(outputs)
  const calls: Heard[] = []
  const live = dependingOn(inputs, all)
  for (const call of all.toReversed()) {
    const { rule, inputs: from, out } = call
    // What reads numbers gives no tensor of its own.
    if (from[0] === out) {
      if (live.has(out))
        throw new Refusal(
          `${who}: expected a function of ops alone, got one that reads numbers of shape ` +
            `${show(out.shape)} that depend on an input, by ${rule.name}: compute with tensors, ` +
            'as where() does',
        )
    } else if (read.has(out)) {
      for (const t of operandsOf(call)) read.add(t)
      calls.push(call)
    }
  }
  return { outputs, calls: calls.reverse() }
}

/** The tensors that a call reads: its inputs, and those among its attributes. */
export function operandsOf({ rule, inputs, attrs }: Heard): readonly Tensor[] {
  if (builtInOp(rule) === null || typeof attrs !== 'object' || attrs === null) return inputs
  const others = Object.values(attrs).filter((x) => x instanceof Tensor)
  return others.length === 0 ? inputs : [...inputs, ...others]
}

/** The tensors that depend on these. */
export function dependingOn(inputs: readonly Tensor[], calls: readonly Heard[]): Set<Tensor> {
  const live = new Set(inputs)
  for (const call of calls) if (operandsOf(call).some((t) => live.has(t))) live.add(call.out)
  return live
}
