// How an op is defined: one record with its forward (on numbers) and its derivative (on Tensors).
// The ops themselves stand in ops/.

import { type Rule, recording, withRecording } from '../autograd/index.ts'
import { type FloatKernels, floatKernels } from '../kernels/engine.ts'
import { inspectResult, origins } from './anomaly.ts'
import { copied } from './copy.ts'
import { checkDType, type DType, isFloat, requireFloat, requireSame } from './dtype.ts'
import { DTypeError, shown, ValueError } from './errors.ts'
import { computing } from './forward.ts'
import { recorded } from './lifetime.ts'
import { type Operand, operands } from './operand.ts'
import { checkDefinition, checkFlag, checkFunction, checkKernel } from './options.ts'
import {
  broadcast,
  broadcastStrides,
  checkShape,
  mergeLoops,
  outerLoops,
  type Shape,
  sameShape,
} from './shape.ts'
import { blank, type Numbers, requireTensor, Tensor } from './tensor.ts'

/**
 * Notes an op on the tape when one of its inputs requires a gradient and its output is a float;
 * returns its output.
 */
export function record<A>(
  rule: Rule<Tensor, A>,
  inputs: readonly Tensor[],
  attrs: A,
  out: Tensor,
): Tensor {
  if (origins !== null) inspectResult(rule, inputs, out)
  if (!recording) return out
  for (let i = 0; i < inputs.length; i++) {
    if (inputs[i].node !== null && isFloat(out.dtype)) {
      out.node = recorded(rule as Rule<Tensor>, inputs, attrs, out)
      return out
    }
  }
  return out
}

const aliasRule: Rule<Tensor, undefined> = {
  name: 'input',
  vjp: (g) => [g],
  replay: ([x]) => alias(x),
}

/** The same numbers under a node of their own, behind `x` where that requires a gradient. */
export function alias(x: Tensor): Tensor {
  const same = new Tensor(x.storage, x.byteOffset, x.shape, x.dtype, x.flipped)
  return record(aliasRule, [x], undefined, same)
}

/**
 * The inputs of an op, for a derivative that starts a pass of its own: where one tensor stands in
 * several places, each gets a node of its own, or the pass could not tell them apart.
 */
export function distinct(inputs: readonly Tensor[]): readonly Tensor[] {
  const twice = new Set<Tensor>()
  if (inputs.length === 2 ? inputs[0] === inputs[1] : new Set(inputs).size < inputs.length)
    inputs.forEach((x, i) => {
      if (x.node !== null && inputs.indexOf(x) < i) twice.add(x)
    })
  return twice.size === 0
    ? inputs
    : withRecording(true, () => inputs.map((x) => (twice.has(x) ? alias(x) : x)))
}

/**
 * An op in full: what `defineOp` takes. `A` are its attributes; inputs of one call share a dtype
 * unless `dtype` says otherwise.
 */
export interface Op<A> extends Rule<Tensor, A> {
  vjp: Required<Rule<Tensor, A>>['vjp']
  /**
   * The result's shape; throws a ShapeError for inputs that do not fit. Default: the shape of the
   * first input.
   */
  shape?(inputs: readonly Numbers[], attrs: A): Shape
  /**
   * The result's dtype; throws a DTypeError for inputs that do not fit. Default: float inputs of
   * one dtype, and that dtype.
   */
  dtype?(inputs: readonly Numbers[], attrs: A): DType
  /**
   * Writes the result's numbers into `out`, which holds arbitrary ones. It computes with numbers:
   * ops, and whatever else makes a tensor, throw a TapeError in it.
   */
  forward(out: Numbers, inputs: readonly Numbers[], attrs: A): void
}

/**
 * An op as a function of its inputs and attributes. Name this type where a derivative calls its own
 * op.
 */
export type OpCall<A = void> = (inputs: readonly Tensor[], attrs: A) => Tensor

/**
 * Makes a built-in op from its record. It keeps the inputs and attributes that it is called with:
 * define.ts has the one for callers, which copies them.
 */
// @__NO_SIDE_EFFECTS__
export function defineOp<A = void>(op: Op<A>): OpCall<A> {
  const optional = (['shape', 'dtype', 'addInto', 'replay', 'recompute'] as const).filter(
    (part) => op?.[part] !== undefined,
  )
  checkDefinition('defineOp', op?.name ?? 'the op', op, ['forward', 'vjp', ...optional])
  const call: OpCall<A> = (inputs, attrs) => {
    if (!Array.isArray(inputs) || inputs.length === 0)
      throw new ValueError(`${op.name}: expected an array of input tensors, got ${shown(inputs)}`)
    for (const input of inputs) requireTensor(op.name, input)
    const dtype = op.dtype === undefined ? commonFloat(op.name, inputs) : op.dtype(inputs, attrs)
    const shape = op.shape === undefined ? inputs[0].shape : op.shape(inputs, attrs)
    checkDType(op.name, dtype)
    checkShape(op.name, shape)
    const out = blank(op.shape === undefined ? shape : [...shape], dtype, op.name, false)
    // Brings every input in first: growing the memory later would detach views of it.
    for (const input of inputs) input.ptr
    computing(op.name, () => op.forward(out, inputs, attrs))
    return record(rule, inputs, attrs, out)
  }
  const vjp: Op<A>['vjp'] = (g, y, inputs, ...rest) => {
    const gradients: unknown = op.vjp(g, y, distinct(inputs), ...rest)
    if (
      !Array.isArray(gradients) ||
      gradients.length !== inputs.length ||
      gradients.includes(undefined)
    )
      throw new ValueError(
        `the derivative of ${op.name}: expected an array of ${inputs.length}, a tensor or null ` +
          `for each input, got ${shown(gradients)}`,
      )
    return gradients
  }
  const rule: Rule<Tensor, A> = { ...op, vjp, replay: call }
  return call
}

function commonFloat(who: string, inputs: readonly Numbers[]): DType {
  const { dtype } = inputs[0] as Numbers
  requireFloat(who, dtype)
  for (const input of inputs) requireSame(who, dtype, input.dtype)
  return dtype
}

/** Throws a DTypeError unless the op takes this dtype: floats always, int32 when it is `exact`. */
function requireDomain(who: string, dtype: DType, exact: boolean): void {
  if (!exact) requireFloat(who, dtype)
  else if (dtype === 'bool')
    throw new DTypeError(
      `${who}: expected numbers, got bool: convert with .to('int32') or .to('float32')`,
    )
}

const UNARY = [
  'neg',
  'abs',
  'sign',
  'exp',
  'log',
  'sqrt',
  'reciprocal',
  'square',
  'tanh',
  'sigmoid',
  'relu',
] as const satisfies (keyof FloatKernels)[]
const PAIRWISE = [
  'add',
  'sub',
  'mul',
  'div',
  'maximum',
  'minimum',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
] as const satisfies (keyof FloatKernels)[]
type UnaryKernel = (typeof UNARY)[number]
type BinaryKernel = (typeof PAIRWISE)[number]

/** An elementwise op of one tensor in full: what `unary` takes. `A` are its attributes. */
export interface Unary<A> {
  /** The definition. A kernel may be faster, never different. */
  f: (x: number, attrs: A) => number
  /** @internal The kernel that computes it for floats. */
  kernel?: UnaryKernel | undefined
  /** Also defined for int32, where what `f` gives wraps around as in PyTorch. */
  exact?: boolean | undefined
  /** @internal The definition for int32 where that of numbers would lose its low bits. */
  whole?: ((x: number, attrs: A) => number) | undefined
  /** The derivative: the cotangent of x from g, that of y, written with Tensor methods. */
  vjp: (g: Tensor, y: Tensor, x: Tensor, attrs: A) => Tensor
}

/**
 * An elementwise op of one tensor; the result has its shape and dtype. A call throws a DTypeError
 * for what is no float tensor, or int32 where `exact`.
 *
 * ```ts
 * const cube = unary('cube', { f: (x) => x ** 3, vjp: (g, y, x) => g.mul(x.square()).mul(3) })
 * cube(tensor([1, 2])) // [1, 8]
 * ```
 */
// @__NO_SIDE_EFFECTS__
export function unary<A = void>(
  name: string,
  definition: Unary<A>,
): (x: Tensor, attrs: A) => Tensor {
  checkDefinition('unary', name, definition, ['f', 'vjp'])
  const { f, kernel, exact = false, whole = f, vjp } = definition
  checkFlag('unary', 'exact', exact)
  checkKernel('unary', name, kernel, UNARY)
  const derivative = checked(name, vjp)
  const rule: Rule<Tensor, A> = {
    name,
    vjp: (g, y, inputs, attrs) => [derivative(g, y, inputs[0], attrs)],
    replay: ([x], attrs) => call(x, attrs),
  }
  const call = (x: Tensor, given: A): Tensor => {
    requireTensor(name, x)
    const attrs = copied(given)
    const { dtype } = x
    requireDomain(name, dtype, exact)
    const out = blank(x.shape, dtype, name, false)
    if (kernel !== undefined && isFloat(dtype)) {
      const from = x.ptr
      floatKernels[dtype][kernel](out.ptr, from, x.size)
    } else {
      const [from, to] = [x.numbers, out.numbers]
      const define = dtype === 'int32' ? whole : f
      computing(name, () => {
        for (let i = 0; i < to.length; i++) to[i] = define(from[i], attrs)
      })
    }
    return record(rule, [x], attrs, out)
  }
  return call
}

/** A derivative that throws a DTypeError when it returns no tensor. */
function checked<Args extends unknown[]>(
  name: string,
  derivative: (...args: Args) => Tensor,
): (...args: Args) => Tensor {
  const who = `the derivative of ${name}`
  return (...args) => {
    const g = derivative(...args)
    requireTensor(who, g)
    return g
  }
}

/** An elementwise op of two tensors in full: what `binary` takes. */
export interface Binary {
  /** The definition. A kernel may be faster, never different. */
  f: (a: number, b: number) => number
  /** @internal The kernel that computes it for floats. */
  kernel?: BinaryKernel | undefined
  /** Also defined for int32, where what `f` gives wraps around as in PyTorch. */
  exact?: boolean | undefined
  /** @internal The definition for int32 where that of numbers would lose its low bits. */
  whole?: ((a: number, b: number) => number) | undefined
  /** One derivative for each operand, as if both had the result's shape. */
  vjp: readonly [Derivative, Derivative]
}
type Derivative = (g: Tensor, y: Tensor, a: Tensor, b: Tensor) => Tensor

/**
 * An elementwise op of two tensors (or a tensor and a number) with NumPy's broadcasting; the
 * derivative of broadcasting, a sum, is added here.
 */
// @__NO_SIDE_EFFECTS__
export function binary(name: string, definition: Binary): (a: Operand, b: Operand) => Tensor {
  checkDefinition('binary', name, definition, ['f'])
  const { f, kernel, exact = false, whole = f } = definition
  checkFlag('binary', 'exact', exact)
  checkKernel('binary', name, kernel, PAIRWISE)
  if (!Array.isArray(definition.vjp) || definition.vjp.length !== 2)
    throw new ValueError(
      `binary: expected vjp of ${name} to be two functions, got ${shown(definition.vjp)}`,
    )
  const vjp = definition.vjp.map((derivative, i) => {
    checkFunction('binary', `vjp[${i}] of ${name} to be a function`, derivative)
    return checked(name, derivative)
  })
  const rule: Rule<Tensor, undefined> = {
    name,
    vjp: (g, y, inputs, _, wanted) => {
      const [a, b] = kernel === undefined ? distinct(inputs) : inputs
      return [
        wanted[0] ? vjp[0](g, y, a, b).sumTo(a.shape) : null,
        wanted[1] ? vjp[1](g, y, a, b).sumTo(b.shape) : null,
      ]
    },
    addInto: (sum, index, g, y, inputs) => {
      const [a, b] = kernel === undefined ? distinct(inputs) : inputs
      addSumInto(sum, vjp[index as 0 | 1](g, y, a, b))
    },
    replay: ([a, b]) => call(a, b),
  }
  const call = (left: Operand, right: Operand): Tensor => {
    const [a, b] = operands(name, left, right)
    requireDomain(name, a.dtype, exact)
    return record(
      rule,
      [a, b],
      undefined,
      pairwise(name, a, b, a.dtype, a.dtype === 'int32' ? whole : f, kernel),
    )
  }
  return call
}

/**
 * An elementwise comparison of two tensors (or a tensor and a number) with broadcasting; the result
 * is bool and has no derivative.
 */
export function comparison(
  name: BinaryKernel,
  f: (a: number, b: number) => boolean,
): (a: Operand, b: Operand) => Tensor {
  return (left, right) => {
    const [a, b] = operands(name, left, right)
    return pairwise(name, a, b, 'bool', (x, y) => Number(f(x, y)), name)
  }
}

/**
 * The result of an elementwise op of two tensors: by its kernel for floats, by its definition
 * otherwise.
 */
function pairwise(
  name: string,
  a: Tensor,
  b: Tensor,
  dtype: DType,
  f: (a: number, b: number) => number,
  kernel: BinaryKernel | undefined,
): Tensor {
  const same = sameShape(a.shape, b.shape)
  const shape = same ? a.shape : broadcast(name, a.shape, b.shape)
  const out = blank(shape, dtype, name, false)
  const [aPtr, bPtr, to] = [a.ptr, b.ptr, out.ptr]
  if (kernel !== undefined && isFloat(a.dtype)) {
    const run = floatKernels[a.dtype][kernel]
    if (same) run(to, aPtr, bPtr, 1, a.size, 0, 1, 0, 1)
    else {
      const bytes = a.dtype === 'float32' ? 4 : 8
      const outBytes = dtype === 'bool' ? 1 : bytes
      const loops = mergeLoops(
        shape,
        [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)],
        2,
      )
      const [outer, inner] = loops.sizes.slice(-2) as [number, number]
      const [[aOuter, aInner], [bOuter, bInner]] = loops.strides.map((s) => s.slice(-2)) as [
        [number, number],
        [number, number],
      ]
      let written = 0
      outerLoops(loops, 2, ([aAt, bAt]) => {
        run(
          to + written * outBytes,
          aPtr + (aAt as number) * bytes,
          bPtr + (bAt as number) * bytes,
          outer,
          inner,
          aOuter,
          aInner,
          bOuter,
          bInner,
        )
        written += outer * inner
      })
    }
    return out
  }
  const [x, y, result] = [a.numbers, b.numbers, out.numbers]
  const loops = mergeLoops(
    shape,
    [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)],
    0,
  )
  let i = 0
  computing(name, () => {
    outerLoops(loops, 0, ([aAt, bAt]) => {
      result[i++] = f(x[aAt as number], y[bAt as number])
    })
  })
  return out
}

/** sum ← sum + g, summed over the axes along which `sum` was broadcast. */
export function addSumInto(sum: Tensor, g: Tensor): void {
  const { dtype } = g
  requireFloat('backward', dtype)
  const kernels = floatKernels[dtype]
  if (sum.size === g.size) {
    const [to, from] = [sum.ptr, g.ptr]
    kernels.add(to, to, from, 1, sum.size, 0, 1, 0, 1)
  } else if (
    g.shape.length >= sum.shape.length &&
    sum.shape.every((n, i) => n === g.shape[i + g.shape.length - sum.shape.length])
  ) {
    const [to, from] = [sum.ptr, g.ptr]
    kernels.sum(to, from, 1, g.size / Math.max(sum.size, 1), sum.size, 1)
  } else addSumInto(sum, g.sumTo(sum.shape))
}
