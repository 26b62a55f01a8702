// The requirements on the parameters of optimisers and clipping; it computes nothing.
import { DTypeError, TapeError, Tensor, ValueError } from '../tensor/index.ts'
import { isFloat, noTensor, requireChangeable, show, shown } from '../tensor/internal.ts'

/**
 * The tensors, in an array of their own; throws a ValueError unless this is an array, a DTypeError
 * unless it holds nothing but tensors.
 */
export function requireTensors(who: string, parameters: readonly Tensor[]): readonly Tensor[] {
  if (!Array.isArray(parameters))
    throw new ValueError(
      `${who}: expected an array of tensors, got ${shown(parameters)}: pass model.parameters()`,
    )
  const list = Array.from(parameters)
  list.forEach((p, k) => {
    if (!(p instanceof Tensor))
      throw new DTypeError(`${who}: expected parameter ${k} to be a Tensor, got ${noTensor(p)}`)
  })
  return list
}

/**
 * The tensors, in an array of their own. Throws what `requireTensors` throws, a ValueError unless
 * there is at least one and each once, a DTypeError unless they are floats, a TapeError unless they
 * are leaves that require a gradient, and no copies.
 */
export function requireParameters(who: string, parameters: readonly Tensor[]): readonly Tensor[] {
  const list = requireTensors(who, parameters)
  if (list.length === 0) throw new ValueError(`${who}: expected at least one parameter, got none`)
  const places = new Map<Tensor, number>()
  list.forEach((p, k) => {
    const parameter = `parameter ${k} ${show(p.shape)}`
    if (!isFloat(p.dtype))
      throw new DTypeError(
        `${who}: expected ${parameter} to be float32 or float64, got ${p.dtype}: make it with ` +
          "{ dtype: 'float32', requiresGrad: true }",
      )
    if (!p.requiresGrad)
      throw new TapeError(
        `${who}: expected ${parameter} to require a gradient: make it with { requiresGrad: true }`,
      )
    if (!p.isLeaf)
      throw new TapeError(
        `${who}: expected ${parameter} to be a leaf, got the result of an op: optimise what it ` +
          'is computed from',
      )
    requireChangeable(`${who}: ${parameter}`, p)
    const first = places.get(p)
    if (first !== undefined)
      throw new ValueError(
        `${who}: expected each parameter once, got parameter ${first} again as ${parameter}`,
      )
    places.set(p, k)
  })
  return list
}
