// A function as the calls of ops that it makes: run several times with named axes of different
// sizes and with different numbers. What differs in another way than by sizes is refused.

import { type DType, noGrad, type Shape, Tensor, tensor, ValueError } from '../../tensor/index.ts'
import {
  builtInOp,
  type Heard,
  listeningToAll,
  requireSync,
  show,
  shown,
} from '../../tensor/internal.ts'
import { requireTensor } from '../bytes.ts'
import { type NamedAxis, PRIMES, RUNS, type Size, Sizes } from './sizes.ts'

/** An input of the model; axes with a name may have any size. */
export interface OnnxInput {
  /** The sizes of the axes, or their names. */
  readonly shape: readonly (number | string)[]
  /** Default float32. */
  readonly dtype?: DType | undefined
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

const who = 'toOnnx'

/** Throws a ValueError for a function that is not the same in every run. */
export function traced(fn: Traced, given: ReadonlyMap<string, OnnxInput>): Trace {
  const axes = axesOf(given)
  const sizeIn = new Map(axes.map((axis) => [axis.name, axis.sizes]))
  const runs = Array.from({ length: RUNS }, (_, run) => {
    const inputs = [...given.values()].map(({ shape, dtype = 'float32' }, i) =>
      example(
        shape.map((n) => (typeof n === 'number' ? n : (sizeIn.get(n) as readonly number[])[run])),
        dtype,
        1 + i + run * given.size,
      ),
    )
    return { inputs, ...heard(fn, inputs) }
  })
  const names = runs.map(({ calls }) => calls.map(({ rule }) => rule.name))
  for (const own of names)
    if (own.join() !== names[0].join())
      throw new ValueError(
        `${who}: expected the same ops at any size of the named axes, got ` +
          `${difference(names[0], own)}: give an axis on which they depend a number in the ` +
          'place of a name',
      )
  return {
    axes,
    sizes: new Sizes(axes),
    inputs: columns(runs.map(({ inputs }) => inputs)),
    outputs: columns(runs.map(({ outputs }) => outputs)),
    calls: columns(runs.map(({ calls }) => calls)),
  }
}

/** Lists of equal length, read the other way. */
const columns = <T>(rows: readonly (readonly T[])[]): T[][] =>
  rows[0].map((_, i) => rows.map((row) => row[i]))

/** `tanh where another run calls relu` */
function difference(a: readonly string[], b: readonly string[]): string {
  const at = a.findIndex((name, i) => name !== b[i])
  if (at < 0 || b[at] === undefined) return `${a.length} calls, and ${b.length} in another run`
  return `${a[at]} where another run calls ${b[at]}`
}

function axesOf(given: ReadonlyMap<string, OnnxInput>): NamedAxis[] {
  const axes: NamedAxis[] = []
  for (const [input, { shape }] of given)
    shape.forEach((name, axis) => {
      if (typeof name === 'number' || axes.some((known) => known.name === name)) return
      const sizes = PRIMES[axes.length]
      if (sizes === undefined)
        throw new ValueError(
          `${who}: expected at most ${PRIMES.length} named axes, got one more, ${shown(name)}`,
        )
      axes.push({ name, input, axis, sizes })
    })
  return axes
}

/** Numbers of an example: floats between 0.25 and 0.75, whole numbers and bools 0 and 1. */
function example(shape: Shape, dtype: DType, seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1)
  const random = (i: number): number => {
    const word = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b)
    return (Math.imul(word ^ (word >>> 15), 0xc2b2ae35) >>> 0) / 2 ** 32
  }
  const isFloat = dtype === 'float32' || dtype === 'float64'
  const numbers = Array.from({ length: size }, (_, i) =>
    isFloat ? 0.25 + random(i) / 2 : Math.round(random(i)),
  )
  return tensor(numbers, { shape, dtype })
}

/** The results of a call, and the calls of ops on which they depend. */
function heard(fn: Traced, inputs: readonly Tensor[]) {
  const refuse = (what: string): never => {
    const remedy = what.startsWith('draws') ? ': call model.eval() before' : ''
    throw new ValueError(`${who}: expected a function of ops alone, got one that ${what}${remedy}`)
  }
  const run = () => noGrad(() => requireSync(who, fn(...inputs)))
  const [result, all] = listeningToAll(run, refuse, true)
  const outputs: readonly Tensor[] = Array.isArray(result) ? result : [result]
  outputs.forEach((t, i) => {
    requireTensor(who, outputs.length === 1 ? 'the result' : `result ${i}`, t)
  })
  const read = new Set<Tensor>(outputs)
  const calls: Heard[] = []
  const live = dependingOn(inputs, all)
  for (const call of all.toReversed()) {
    const { rule, inputs: from, out } = call
    // What reads numbers gives no tensor of its own.
    if (from[0] === out) {
      if (live.has(out))
        throw new ValueError(
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

/** What is in the runs, as a size. Throws a ValueError where it is none. */
export function sizeFrom(sizes: Sizes, numbers: readonly number[]): Size {
  const found = sizes.find(numbers)
  if (found === null)
    throw new ValueError(
      `${who}: expected numbers that are the same in every run, or that follow from named ` +
        `axes, as 2·N·T + 1 does, got ${numbers.join(', ')} in runs of different sizes`,
    )
  return found
}
