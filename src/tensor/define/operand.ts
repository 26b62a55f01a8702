// The operands of an op of two: tensors of one dtype, and numbers, which become tensors of that
// dtype; it computes nothing.

import { creation } from '../core/blank.ts'
import { type DType, requireSame } from '../core/dtype.ts'
import { DTypeError, noTensor, shown } from '../core/errors.ts'
import { refuseInForward } from '../core/forward.ts'
import { unscoped } from '../core/scopes.ts'
import { Tensor } from '../core/tensor.ts'

/** A tensor, or a number that takes the other operand's dtype. */
export type Operand = Tensor | number

/** Both operands as tensors of one dtype. Equal numbers share a constant, unless `unshared`. */
export function asTensors(who: string, a: Operand, b: Operand, unshared = false): [Tensor, Tensor] {
  if (a instanceof Tensor) {
    if (!(b instanceof Tensor)) return [a, numberTensor(who, b, a.dtype, unshared)]
    requireSame(who, a.dtype, b.dtype)
    return [a, b]
  }
  if (b instanceof Tensor) return [numberTensor(who, a, b.dtype, unshared), b]
  throw new DTypeError(`${who}: expected a Tensor, got ${noTensor(a)} and ${shown(b)}`)
}

const sharedNumbers: Record<DType, Map<number, Tensor>> = {
  float32: new Map(),
  float64: new Map(),
  int32: new Map(),
  bool: new Map(),
}

/** The tensors that stand for numbers. */
const numbers = new WeakSet<Tensor>()

/** Whether a tensor stands for a number that a caller wrote. */
export const isNumber = (t: Tensor): boolean => numbers.has(t)

/** A number as a 0-d tensor. */
export function numberTensor(who: string, value: unknown, dtype: DType, unshared = false): Tensor {
  if (typeof value !== 'number' && typeof value !== 'boolean')
    throw new DTypeError(`${who}: expected a Tensor or a number, got ${noTensor(value)}`)
  const x = Number(value)
  if (dtype === 'int32' && (x | 0) !== x)
    throw new DTypeError(
      `${who}: expected a number that is an int32, got ${x}: ` +
        "convert the tensor with .to('float32')",
    )
  if (dtype === 'bool' && x !== 0 && x !== 1)
    throw new DTypeError(
      `${who}: expected true or false, got ${x}: convert the tensor with .to('int32')`,
    )
  const cache = sharedNumbers[dtype]
  const isShared = !unshared && !Object.is(x, -0)
  const found = isShared ? cache.get(x) : undefined
  if (found !== undefined) return found
  refuseInForward(who)
  const made = unscoped(() => creation([], dtype, 'number'))
  made.elements()[0] = x
  made.storage.pinned = true
  numbers.add(made)
  if (cache.size >= 256) cache.clear()
  if (isShared) cache.set(x, made)
  return made
}
