// Makes elementwise ops: each from a function of one or two numbers, its derivative, and perhaps a
// kernel. The ops themselves are in ops/.

import type { FloatKernels } from '../../kernels/engine.ts'
import { result } from '../core/blank.ts'
import { deepCopy } from '../core/deepCopy.ts'
import { BYTES, type DType, isFloat, requireFloat } from '../core/dtype.ts'
import { DTypeError, shown, ValueError } from '../core/errors.ts'
import { runForward } from '../core/forward.ts'
import { kernelsOf } from '../core/kernels.ts'
import { requireChoice, requireDefinition, requireFlag, requireFunction } from '../core/require.ts'
import { broadcast, broadcastStrides, mergeLoops, outerLoops, sameShape } from '../core/shape.ts'
import { requireTensor, type Tensor } from '../core/tensor.ts'
import type { Elementwise, FormedRule } from './form.ts'
import type { BuiltIn, BuiltInOp } from './names.ts'
import { asTensors, type Operand } from './operand.ts'
import { distinct, record } from './record.ts'

/** Throws a DTypeError unless the op takes this dtype: a float or, when it is `exact`, int32. */
function requireDomain(who: string, dtype: DType, exact: boolean): void {
  if (!exact) requireFloat(who, dtype)
  else if (dtype === 'bool')
    throw new DTypeError(
      `${who}: expected numbers, got bool: convert with .to('int32') or .to('float32')`,
    )
}

const UNARY_KERNELS = [
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
const BINARY_KERNELS = [
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
type UnaryKernel = (typeof UNARY_KERNELS)[number]
type BinaryKernel = (typeof BINARY_KERNELS)[number]

/** The definition of an elementwise op of one tensor. `A` are its attributes. */
export interface Unary<A> {
  /** The definition. A kernel may be faster, never different. */
  f: (x: number, attrs: A) => number
  /** @internal The kernel that computes it for floats. */
  kernel?: UnaryKernel | undefined
  /** @internal Kernels that compute it one after the other, each with a number. */
  chain?: Elementwise<A>['chain']
  /** Also defined for int32, where results of `f` wrap around as in PyTorch. */
  exact?: boolean | undefined
  /** @internal The definition for int32 where `f` would lose the low bits. */
  fInt32?: ((x: number, attrs: A) => number) | undefined
  /** The derivative: the cotangent of x from g, that of y, written with Tensor methods. */
  vjp: (g: Tensor, y: Tensor, x: Tensor, attrs: A) => Tensor
}

/** An elementwise op of one tensor; the result has its shape and dtype. */
// @__NO_SIDE_EFFECTS__
export function unary<A = void>(
  name: BuiltInOp,
  definition: Unary<A>,
  isNamedByCaller = false,
): (x: Tensor, attrs: A) => Tensor {
  requireDefinition('unary', name, definition, ['f', 'vjp'])
  const { f, kernel, chain, exact = false, fInt32 = f, vjp } = definition
  requireFlag('unary', 'exact', exact)
  if (kernel !== undefined) requireChoice('unary', `kernel of ${name}`, kernel, UNARY_KERNELS)
  const derivative = requiringTensor(name, vjp)
  const rule: FormedRule<A> = {
    name,
    isNamedByCaller,
    form: { kernel, chain, f: (attrs) => (x) => f(x, attrs) },
    vjp: (g, { inputs, y, attrs }) => [derivative(g, y, inputs[0], attrs)],
    replay: ([x], attrs) => call(x, attrs),
  }
  const call = (x: Tensor, given: A): Tensor => {
    requireTensor(name, x)
    const attrs = deepCopy(given)
    const { dtype } = x
    requireDomain(name, dtype, exact)
    const out = result(x.shape, dtype, name)
    if (kernel !== undefined && isFloat(dtype)) {
      const from = x.address()
      kernelsOf(x)[kernel](out.address(), from, x.size)
    } else {
      const [from, to] = [x.elements(), out.elements()]
      const compute = dtype === 'int32' ? fInt32 : f
      runForward(name, () => {
        for (let i = 0; i < to.length; i++) to[i] = compute(from[i], attrs)
      })
    }
    return record(rule, [x], attrs, out)
  }
  return call
}

/** The derivative; it throws a DTypeError when it returns no tensor. */
function requiringTensor<Args extends unknown[]>(
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

/** The definition of an elementwise op of two tensors. */
export interface Binary {
  /** The definition. A kernel may be faster, never different. */
  f: (a: number, b: number) => number
  /** @internal The kernel that computes it for floats. */
  kernel?: BinaryKernel | undefined
  /** Also defined for int32, where results of `f` wrap around as in PyTorch. */
  exact?: boolean | undefined
  /** @internal The definition for int32 where `f` would lose the low bits. */
  fInt32?: ((a: number, b: number) => number) | undefined
  /** One derivative for each operand, as if both had the result's shape. */
  vjp: readonly [Derivative, Derivative]
}
type Derivative = (g: Tensor, y: Tensor, a: Tensor, b: Tensor) => Tensor

/**
 * An elementwise op of two tensors (or a tensor and a number) with NumPy's broadcasting; the
 * derivative of broadcasting, a sum, is added here.
 */
// @__NO_SIDE_EFFECTS__
export function binary(
  name: BuiltInOp,
  definition: Binary,
  isNamedByCaller = false,
): (a: Operand, b: Operand) => Tensor {
  requireDefinition('binary', name, definition, ['f'])
  const { f, kernel, exact = false, fInt32 = f } = definition
  requireFlag('binary', 'exact', exact)
  if (kernel !== undefined) requireChoice('binary', `kernel of ${name}`, kernel, BINARY_KERNELS)
  if (!Array.isArray(definition.vjp) || definition.vjp.length !== 2)
    throw new ValueError(
      `binary: expected vjp of ${name} to be two functions, got ${shown(definition.vjp)}`,
    )
  const vjp = definition.vjp.map((derivative, i) => {
    requireFunction('binary', `vjp[${i}] of ${name} to be a function`, derivative)
    return requiringTensor(name, derivative)
  })
  const rule: FormedRule<undefined> = {
    name,
    isNamedByCaller,
    form: { kernel, f: () => f },
    vjp: (g, { inputs, y, needsGrad }) => {
      // Only the derivative of a caller's op, which has no kernel, may start a pass of its own.
      const [a, b] = kernel === undefined ? distinct(inputs) : inputs
      return [
        needsGrad[0] ? vjp[0](g, y, a, b).sumTo(a.shape) : null,
        needsGrad[1] ? vjp[1](g, y, a, b).sumTo(b.shape) : null,
      ]
    },
    addInto: (sum, index, g, { inputs, y }) => {
      const [a, b] = kernel === undefined ? distinct(inputs) : inputs
      addSumInto(sum, vjp[index as 0 | 1](g, y, a, b))
    },
    replay: ([a, b]) => call(a, b),
  }
  const call = (left: Operand, right: Operand): Tensor => {
    const [a, b] = asTensors(name, left, right)
    requireDomain(name, a.dtype, exact)
    const compute = a.dtype === 'int32' ? fInt32 : f
    return record(rule, [a, b], undefined, computeBinary(name, a, b, a.dtype, compute, kernel))
  }
  return call
}

/**
 * An elementwise comparison of two tensors (or a tensor and a number) with broadcasting; the result
 * is bool and has no derivative.
 */
export function comparison(
  name: BinaryKernel & BuiltInOp,
  f: (a: number, b: number) => boolean,
): (a: Operand, b: Operand) => Tensor {
  const compare = (a: number, b: number): number => Number(f(a, b))
  const call = (left: Operand, right: Operand): Tensor => {
    const [a, b] = asTensors(name, left, right)
    return record(rule, [a, b], undefined, computeBinary(name, a, b, 'bool', compare, name))
  }
  const rule: BuiltIn<FormedRule<undefined>> = {
    name,
    form: { kernel: name, f: () => compare },
    replay: ([a, b]) => call(a, b),
  }
  return call
}

/** Computes an elementwise op of two tensors: floats by its kernel, all else by its definition. */
function computeBinary(
  name: string,
  a: Tensor,
  b: Tensor,
  dtype: DType,
  f: (a: number, b: number) => number,
  kernel: BinaryKernel | undefined,
): Tensor {
  const same = sameShape(a.shape, b.shape)
  const shape = same ? a.shape : broadcast(name, a.shape, b.shape)
  const out = result(shape, dtype, name)
  const [aAddress, bAddress, outAddress] = [a.address(), b.address(), out.address()]
  if (kernel !== undefined && isFloat(a.dtype)) {
    const run = kernelsOf(a)[kernel]
    if (same) run(outAddress, aAddress, bAddress, 1, a.size, 0, 1, 0, 1)
    else {
      const bytes = BYTES[a.dtype]
      const outBytes = dtype === 'bool' ? 1 : bytes
      const loops = mergeLoops(
        shape,
        [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)],
        2,
      )
      const [outer, inner] = loops.sizes.slice(-2)
      const [aOuter, aInner] = loops.strides[0].slice(-2)
      const [bOuter, bInner] = loops.strides[1].slice(-2)
      let written = 0
      outerLoops(loops, 2, ([aAt, bAt]) => {
        run(
          outAddress + written * outBytes,
          aAddress + (aAt as number) * bytes,
          bAddress + (bAt as number) * bytes,
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
  const [x, y, to] = [a.elements(), b.elements(), out.elements()]
  const loops = mergeLoops(
    shape,
    [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)],
    0,
  )
  let i = 0
  runForward(name, () => {
    outerLoops(loops, 0, ([aAt, bAt]) => {
      to[i++] = f(x[aAt as number], y[bAt as number])
    })
  })
  return out
}

/** sum ← sum + g, where g is summed over the axes along which `sum` was broadcast. */
export function addSumInto(sum: Tensor, g: Tensor): void {
  requireFloat('backward', g.dtype)
  const kernels = kernelsOf(g)
  if (sum.size === g.size) {
    // The shapes are equal, but for axes of size 1.
    const [to, from] = [sum.address(), g.address()]
    kernels.add(to, to, from, 1, sum.size, 0, 1, 0, 1)
  } else if (
    g.shape.length >= sum.shape.length &&
    sum.shape.every((n, i) => n === g.shape[i + g.shape.length - sum.shape.length])
  ) {
    const [to, from] = [sum.address(), g.address()]
    kernels.sum(to, from, 1, g.size / Math.max(sum.size, 1), sum.size, 1)
  } else addSumInto(sum, g.sumTo(sum.shape))
}
