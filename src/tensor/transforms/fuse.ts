// fuse: a function of elementwise ops becomes one op. programs/ makes and runs the programs.

import { type Rule, recording, type VjpCall } from '../../autograd/index.ts'
import { result } from '../core/blank.ts'
import {
  BYTES,
  type DType,
  type FloatDType,
  isFloat,
  requireFloat,
  requireSame,
} from '../core/dtype.ts'
import { DTypeError, noTensor, ValueError } from '../core/errors.ts'
import { requireFunction } from '../core/require.ts'
import { discard } from '../core/scopes.ts'
import {
  broadcast,
  broadcastStrides,
  mergeLoops,
  type Shape,
  sameShape,
  show,
} from '../core/shape.ts'
import { requireTensor, Tensor } from '../core/tensor.ts'
import { isNumber } from '../define/operand.ts'
import { distinct, type Heard, isListening, listening, record } from '../define/record.ts'
import { origins, unexamined } from '../inspect/anomaly.ts'
import { inBroadcast } from '../ops/shape.ts'
import { constantNumber, derivativeOf, example } from '../programs/derivative.ts'
import { type GraphNode, graphOf, NoProgram } from '../programs/graph.ts'
import { lower } from '../programs/lower.ts'
import { Program } from '../programs/program.ts'
import { type Part, type Value, Values, valuesBehind } from '../programs/values.ts'
import { grad } from './gradient.ts'
import { noGrad } from './recording.ts'
import type { TensorFunction } from './trace.ts'

/** Columns of the values; a call has others. */
const WIDTH = 3
/** Columns of a row where nothing is broadcast. */
const FLAT = 1024
/** Operands that are broadcast along rows of fewer columns are copied first. */
const NARROW = 32

/** A function's value for one choice of dtypes, and the programs made of it. */
class Fused {
  readonly #values = new Values()
  readonly #parts: readonly Part[]
  readonly #y: Value
  readonly #dtype: FloatDType
  readonly #forward: Program
  readonly #backward = new Map<string, Program>()

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
      const shape = [2 + k, WIDTH + 2 * k]
      const xs = dtypes.map((dtype, i) => example(shape, dtype as FloatDType, 5 * i + k))
      const [y, calls] = unexamined(() =>
        noGrad(() => listening(() => attempt(f, xs, captured[0]))),
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

  forward(inputs: readonly Tensor[], shape: Shape, name: string): Tensor {
    const out = result(shape, this.#dtype, name)
    run(this.#forward, [...inputs, out], shape)
    return out
  }

  /** The cotangents of the inputs that need one, each in the shape of the result. */
  backward(
    inputs: readonly Tensor[],
    y: Tensor,
    g: Tensor,
    needsGrad: readonly boolean[],
  ): (Tensor | null)[] {
    const key = needsGrad.join()
    const parts = this.#parts.filter((_, i) => needsGrad[i])
    const program = this.#backward.get(key) ?? this.#derivative(parts)
    this.#backward.set(key, program)
    const gs = parts.map(() => result(y.shape, this.#dtype, 'fuse'))
    run(program, [...inputs, y, g, ...gs], y.shape)
    return needsGrad.map((needed) => (needed ? (gs.shift() as Tensor) : null))
  }

  /** Everything but the inputs and the result is computed again: to save it would cost more. */
  #derivative(parts: readonly Part[]): Program {
    const n = this.#parts.length
    const g = this.#values.part(n + 1, 0, WIDTH)
    const cotangents = derivativeOf([this.#y], parts, [g], this.#values, this.#dtype)
    const outputs = cotangents.map((cotangent, i) => {
      const value = cotangent ?? this.#values.constant(0)
      return { value, operand: n + 2 + i, from: 0, width: WIDTH }
    })
    const saved = { kind: 'operand', operand: n, from: 0, isBool: false } as const
    return new Program(this.#dtype, outputs, new Map([[this.#y, saved]]))
  }
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
    for (const t of captured) throw noArgument(t)
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
  const blocks = [program.block(width)]
  const rest = isFlat ? size % width : 0
  if (rest > 0) blocks.push(program.block(rest))
  const rows = tensors.map((t, i) => {
    const step = (isFlat ? width : strides[i][0]) * BYTES[t.dtype]
    return { at: t.address(), step }
  })
  try {
    program.runner(blocks[0], width, repeated)(rows, Math.floor(size / width))
    if (rest > 0) {
      const done = tensors.map((t, i) => ({
        at: rows[i].at + (size - rest) * BYTES[t.dtype],
        step: 0,
      }))
      program.runner(blocks[1], rest, repeated)(done, 1)
    }
  } finally {
    for (const block of blocks) discard(block.storage)
  }
}

/** The inputs, broadcast where they lie in rows that a program cannot read as they are. */
function readable(inputs: readonly Tensor[], shape: Shape): readonly Tensor[] {
  const { sizes } = mergeLoops(
    shape,
    inputs.map((t) => broadcastStrides(t.shape, shape)),
    2,
  )
  const isSimple = sizes.length === 2 && (sizes[0] === 1 || sizes[1] >= NARROW)
  return isSimple ? inputs : inputs.map((t) => inBroadcast(t, shape))
}

/**
 * Makes one op of a function that is composed of elementwise ops: `exp`, `mul`, `where`, clamps,
 * comparisons, the caller's own `unary` and `binary` ops, and numbers. The op runs over the data
 * once, some hundred numbers at a time, so nothing of full size lies between its steps; it saves
 * its inputs and its result for backward. Value and derivatives of every order are those of `f`.
 * Its arguments broadcast; floats have one dtype, conditions are bool.
 *
 * `f` is called with examples at the first call, and not for every call after it. Throws a
 * ValueError where `f` does something that is not elementwise, uses tensors that are no arguments,
 * does not use one that is, or branches on numbers or shapes; a DTypeError for arguments of other
 * dtypes.
 *
 * ```ts
 * const gelu = fuse((x) => x.mul(x.mul(1.702).sigmoid()))
 * gelu(tensor([0, 1])) // [0, 0.8458]
 * ```
 */
export function fuse<Args extends Tensor[], Y extends Tensor>(
  f: (...inputs: Args) => Y,
): (...inputs: Args) => Y
export function fuse(f: TensorFunction): TensorFunction {
  requireFunction('fuse', 'a function of tensors', f)
  const name = f.name || 'fused'
  const known = new Map<string, Fused>()
  const fusedFor = (inputs: readonly Tensor[]): Fused => {
    const dtypes = inputs.map(({ dtype }) => dtype)
    const key = dtypes.join()
    try {
      const fused = known.get(key) ?? new Fused(f, dtypes)
      known.set(key, fused)
      return fused
    } catch (error) {
      if (!(error instanceof NoProgram)) throw error
      throw new ValueError(
        `fuse: expected a function of elementwise ops, got one that ${error.message}`,
      )
    }
  }
  const rule: Rule<Tensor, Shape> = {
    name,
    vjp(g, { inputs, y, needsGrad }: VjpCall<Tensor, Shape>) {
      if (!recording) {
        const gs = fusedFor(inputs).backward(inputs, y, g, needsGrad)
        return gs.map((one, i) => one?.sumTo(inputs[i].shape) ?? null)
      }
      const separate = distinct(inputs)
      const targets = separate.filter((_, i) => needsGrad[i])
      const again = f(...separate)
      if (again.node === null) return needsGrad.map(() => null)
      const gs = grad(again, targets, {
        gradOutputs: g,
        createGraph: true,
        allowUnused: true,
      })
      return needsGrad.map((needed) => (needed ? (gs.shift() as Tensor) : null))
    },
    replay: (inputs) => call(...inputs),
  }
  const call = (...given: Tensor[]): Tensor => {
    requireArguments(given)
    // Who looks at single ops is shown those of f.
    if (origins !== null || isListening()) return f(...given)
    const fused = fusedFor(given)
    const shape = given.map((t) => t.shape).reduce((a, b) => broadcast(name, a, b))
    const inputs = readable(given, shape)
    return record(rule, inputs, shape, fused.forward(inputs, shape, name))
  }
  return call
}

function requireArguments(inputs: readonly Tensor[]): void {
  for (const x of inputs) requireTensor('fuse', x)
  const floats = inputs.filter(({ dtype }) => dtype !== 'bool')
  if (floats.length === 0)
    throw new DTypeError('fuse: expected at least one float argument, got none')
  for (const { dtype } of floats) {
    requireFloat('fuse', dtype)
    requireSame('fuse', floats[0].dtype, dtype)
  }
}
