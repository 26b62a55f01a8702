// A function of elementwise ops as programs, for one choice of dtypes, and their runs on tensors
// that broadcast. The op that is made of it is transforms/fuse.ts.

import { result } from '../core/blank.ts'
import { BYTES, type DType, type FloatDType, isFloat } from '../core/dtype.ts'
import { DTypeError, noTensor } from '../core/errors.ts'
import { broadcastStrides, mergeLoops, type Shape, sameShape, show } from '../core/shape.ts'
import { Tensor } from '../core/tensor.ts'
import { isNumber } from '../define/operand.ts'
import { type Heard, listeningToAll } from '../define/record.ts'
import { unexamined } from '../inspect/anomaly.ts'
import { inBroadcast } from '../ops/shape.ts'
import { enableGrad } from '../transforms/recording.ts'
import type { TensorFunction } from '../transforms/trace.ts'
import type { InOperand } from './assemble.ts'
import { constantNumber, derivativeOf, example } from './derivative.ts'
import { type GraphNode, graphOf, NoProgram } from './graph.ts'
import { lower } from './lower.ts'
import { Program } from './program.ts'
import { isSlow } from './saving.ts'
import { type Part, type Value, Values, valuesBehind } from './values.ts'

/** Columns of the values; a call has others. */
const WIDTH = 3
/** Columns of a row where nothing is broadcast. */
const FLAT = 1024
/** Operands that are broadcast along rows of fewer columns are copied first. */
const NARROW = 32

/** A call's arguments that require a gradient, and what was saved for them. */
export interface Attributes {
  readonly requires: readonly boolean[]
  readonly saved: readonly Tensor[]
}

/** The programs of calls some of whose arguments require a gradient. */
interface RecordedPrograms {
  readonly forward: Program
  /** The values that it saves. */
  readonly slow: readonly Value[]
  /** The cotangent of the result, and those of the arguments that require one. */
  readonly g: Value
  readonly cotangents: readonly (Value | null)[]
  /** The backward programs, by the arguments that need a cotangent. */
  readonly programs: Map<string, Program>
}

/** A function's value for one choice of dtypes, and the programs made of it. */
export class Fused {
  readonly #values = new Values()
  readonly #parts: readonly Part[]
  readonly #y: Value
  readonly #dtype: FloatDType
  readonly #forward: Program
  /** By the arguments that require a gradient. */
  readonly #programs = new Map<string, RecordedPrograms>()

  constructor(f: TensorFunction, dtypes: readonly DType[]) {
    this.#dtype = dtypes.find(isFloat) as FloatDType
    this.#parts = dtypes.map((dtype, i) => this.#values.part(i, 0, WIDTH, dtype === 'bool') as Part)
    this.#y = this.#traced(f, dtypes)
    this.#forward = new Program(this.#dtype, [
      { value: this.#y, operand: dtypes.length, from: 0, width: WIDTH },
    ])
  }

  /** The value of f, from two examples of other numbers and shapes that must agree. */
  #traced(f: TensorFunction, dtypes: readonly DType[]): Value {
    const captured: Set<Tensor>[] = []
    const [value, again] = [0, 1].map((k) => {
      const shape = k === 0 ? [2, WIDTH] : [3, 1, WIDTH + 2]
      const xs = dtypes.map((dtype, i) => example(shape, dtype as FloatDType, 5 * i + k))
      const [y, calls] = unexamined(() =>
        enableGrad(() => listeningToAll(() => attempt(f, xs, captured[0]), refuseEffect)),
      )
      if (!(y instanceof Tensor))
        throw new DTypeError(`fuse: expected a function that returns a Tensor, got ${noTensor(y)}`)
      const others = new Set<Tensor>()
      captured.push(others)
      const nodes = graphOf(calls, xs)
      requireElementwise(nodes, calls)
      const segments = lower(nodes, xs, this.#values, {
        part: (t) => this.#parts[xs.indexOf(t)],
        outside: (t) => {
          const number = isNumber(t) ? Number(t.item()) : constantNumber(t)
          if (!isNumber(t)) others.add(t)
          return this.#values.constant(number ?? Number.NaN, t.dtype === 'bool')
        },
      })
      return segments.get(y)?.[0].value
    })
    for (const t of captured[0])
      if (captured[1].has(t) || constantNumber(t) === undefined) throw noArgument(t)
    if (value === undefined) throw new NoProgram('returns a tensor that is made of no argument')
    if (value !== again) throw new NoProgram('computes something else for other numbers or shapes')
    const used = valuesBehind([value], new Set())
    const unused = this.#parts.findIndex((part) => !used.includes(part))
    if (unused >= 0) throw new NoProgram(`does not use argument ${unused}`)
    if (value.isBool) throw new NoProgram('returns bool, which has no derivative')
    return value
  }

  /**
   * The result, and what is saved for the cotangents of the inputs that require a gradient; null
   * where the derivative is no program.
   */
  forward(
    inputs: readonly Tensor[],
    shape: Shape,
    name: string,
    requires: readonly boolean[],
  ): { out: Tensor; saved: readonly Tensor[] } | null {
    const recorded = requires.includes(true) ? this.#recordedIfAny(requires) : undefined
    if (recorded === null) return null
    const out = result(shape, this.#dtype, name)
    if (recorded === undefined) {
      run(this.#forward, [...inputs, out], shape)
      return { out, saved: [] }
    }
    const { forward, slow } = recorded
    const saved = slow.map(() => result(shape, this.#dtype, name))
    run(forward, [...inputs, out, ...saved], shape)
    return { out, saved }
  }

  #recordedIfAny(requires: readonly boolean[]): RecordedPrograms | null {
    try {
      return this.#recorded(requires)
    } catch (error) {
      if (error instanceof NoProgram) return null
      throw error
    }
  }

  /** The cotangents of the inputs that need one, each in the shape of the result. */
  backward(
    inputs: readonly Tensor[],
    y: Tensor,
    g: Tensor,
    needsGrad: readonly boolean[],
    { requires, saved }: Attributes,
  ): (Tensor | null)[] {
    const recorded = this.#recorded(requires)
    const { programs } = recorded
    const key = needsGrad.join()
    const program = programs.get(key) ?? this.#derivative(recorded, needsGrad)
    programs.set(key, program)
    const gs = needsGrad.map((needed) => (needed ? result(y.shape, this.#dtype, 'fuse') : null))
    const written = gs.filter((one) => one !== null)
    run(program, [...inputs, y, ...saved, g, ...written], y.shape)
    return gs
  }

  /**
   * The forward program of a recorded call: it saves slow functions that the cotangents read. All
   * else is computed again, from the inputs, the result and these.
   */
  #recorded(requires: readonly boolean[]): RecordedPrograms {
    const key = requires.join()
    const known = this.#programs.get(key)
    if (known !== undefined) return known
    const n = this.#parts.length
    const parts = this.#parts.filter((_, i) => requires[i])
    // The operand of the cotangent is set when what is saved is known.
    const g = this.#values.part(-1, 0, WIDTH)
    const found = derivativeOf([this.#y], parts, [g], this.#values, this.#dtype)
    const given = found.map((value) => value ?? this.#values.constant(0))
    const forward = new Set(valuesBehind([this.#y], new Set()))
    const slow = valuesBehind(given, new Set([this.#y])).filter(
      (value) => value !== this.#y && forward.has(value) && isSlow(value),
    )
    const all = [this.#y, ...slow]
    const outputs = all.map((value, i) => ({ value, operand: n + i, from: 0, width: WIDTH }))
    const cotangents = requires.map((required) => (required ? (given.shift() as Value) : null))
    const made = {
      forward: new Program(this.#dtype, outputs),
      slow,
      g,
      cotangents,
      programs: new Map<string, Program>(),
    }
    this.#programs.set(key, made)
    return made
  }

  #derivative({ slow, g, cotangents }: RecordedPrograms, needsGrad: readonly boolean[]): Program {
    const n = this.#parts.length
    const inOperand = (operand: number): InOperand => ({
      kind: 'operand',
      operand,
      from: 0,
      isBool: false,
    })
    const stored = [this.#y, ...slow].map((value, i) => [value, inOperand(n + i)] as const)
    const at = n + stored.length
    const wanted = cotangents.filter((_, i) => needsGrad[i])
    const outputs = wanted.map((value, i) => ({
      value: value as Value,
      operand: at + 1 + i,
      from: 0,
      width: WIDTH,
    }))
    return new Program(this.#dtype, outputs, new Map([...stored, [g, inOperand(at)]]))
  }
}

const refuseEffect = (what: string): never => {
  throw new NoProgram(what)
}

const noArgument = ({ shape }: Tensor): NoProgram =>
  new NoProgram(`uses a tensor ${show(shape)} that is no argument: make it one`)

/** Refuses what a program can do but fuse cannot: parts, sums and other shapes of rows. */
function requireElementwise(nodes: readonly GraphNode[], calls: readonly Heard[]): void {
  for (const { kind, inputs, out } of nodes) {
    if (kind === 'elements') continue
    if (kind === 'columns' && sameShape(inputs[0].shape, out.shape)) continue
    const call = calls.find((one) => one.out === out)
    throw new NoProgram(`uses ${call?.rule.name}, which is not elementwise`)
  }
}

/** Calls f with an example; a tensor that was captured at the first one may not fit the second. */
function attempt(f: TensorFunction, xs: readonly Tensor[], captured: Set<Tensor> = new Set()) {
  try {
    return f(...xs)
  } catch (error) {
    if (!(error instanceof NoProgram)) for (const t of captured) throw noArgument(t)
    throw error
  }
}

/** Runs a program on tensors that broadcast to `shape`. */
function run(program: Program, tensors: readonly Tensor[], shape: Shape): void {
  const loops = mergeLoops(
    shape,
    tensors.map((t) => broadcastStrides(t.shape, shape)),
    2,
  )
  const [outer, inner] = loops.sizes.slice(-2)
  const size = outer * inner
  if (size === 0) return
  const strides = loops.strides.map((own) => own.slice(-2))
  const isFlat = outer === 1 && strides.every(([, step]) => step === 1)
  const width = isFlat ? Math.min(FLAT, inner) : inner
  const repeated = strides.flatMap(([, step], i) => (step === 0 && inner > 1 ? [i] : []))
  const codes = [program.code(width, repeated)]
  const rest = isFlat ? size % width : 0
  if (rest > 0) codes.push(program.code(rest, repeated))
  const rows = tensors.map((t, i) => {
    const step = (isFlat ? width : strides[i][0]) * BYTES[t.dtype]
    return { at: t.address(), step, move: BYTES[t.dtype] }
  })
  try {
    const [main, end] = codes
    main.place(rows)
    main.run(Math.floor(size / width))
    end?.place(rows)
    end?.run(1, size - rest)
  } finally {
    for (const code of codes) code.discard()
  }
}

/** The inputs, broadcast where they lie in rows that a program cannot read as they are. */
export function readable(inputs: readonly Tensor[], shape: Shape): readonly Tensor[] {
  const { sizes } = mergeLoops(
    shape,
    inputs.map((t) => broadcastStrides(t.shape, shape)),
    2,
  )
  const isSimple = sizes.length === 2 && (sizes[0] === 1 || sizes[1] >= NARROW)
  return isSimple ? inputs : inputs.map((t) => inBroadcast(t, shape))
}
