// fuse: a function of elementwise ops becomes one op. programs/ makes and runs the programs.

import { type Rule, recording, type VjpCall } from '../../autograd/index.ts'
import { requireFloat, requireSame } from '../core/dtype.ts'
import { DTypeError, ValueError } from '../core/errors.ts'
import { freeWithGraph } from '../core/lifetime.ts'
import { requireFunction } from '../core/require.ts'
import { broadcast } from '../core/shape.ts'
import { requireTensor, type Tensor } from '../core/tensor.ts'
import { distinct, isListening, record } from '../define/record.ts'
import { origins } from '../inspect/anomaly.ts'
import { type Attributes, Fused, readable } from '../programs/fused.ts'
import { NoProgram } from '../programs/graph.ts'
import { grad } from './gradient.ts'
import type { TensorFunction } from './trace.ts'
/**
 * Makes one op of a function that is composed of elementwise ops: `exp`, `mul`, `where`, clamps,
 * comparisons, the caller's own `unary` and `binary` ops, and numbers. The op runs over the data
 * once, some hundred numbers at a time, so nothing of full size lies between its steps; it saves
 * its inputs, its result and slow functions (`exp`, `tanh`, …) for backward. Value and derivatives
 * of every order are those of `f`.
 * Its arguments broadcast; floats have one dtype, conditions are bool.
 *
 * `f` is called with two examples at the first call, and not for every call after it: it must do
 * the same for all numbers and shapes. Throws a ValueError where `f` does something that is not
 * elementwise, reads numbers, changes or draws some, uses tensors that are no arguments, does not
 * use one that is, or does something else for the second example; a DTypeError for arguments of
 * other dtypes.
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
  const rule: Rule<Tensor, Attributes> = {
    name,
    isNamedByCaller: true,
    vjp(g, { inputs, y, attrs, needsGrad }: VjpCall<Tensor, Attributes>) {
      if (!recording) {
        const gs = fusedFor(inputs).backward(inputs, y, g, needsGrad, attrs)
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
    const requires = inputs.map((x) => recording && x.requiresGrad)
    const computed = fused.forward(inputs, shape, name, requires)
    // The derivative of f is no program, as of x to the power y.
    if (computed === null) return f(...given)
    const { out, saved } = computed
    record(rule, inputs, { requires, saved }, out)
    if (saved.length > 0) freeWithGraph(out, saved)
    return out
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
