// Makes methods of ops: a method passes `this` as the first argument. methods.ts adds them to the
// class.

import type { Tensor } from '../core/tensor.ts'
import type { Operand } from './operand.ts'

/** Ops of one tensor as methods: `tanh(x)` as `x.tanh()`. */
export function unaryMethods<K extends string>(
  ops: Record<K, (x: Tensor) => Tensor>,
): Record<K, () => Tensor> {
  const methods = {} as Record<K, () => Tensor>
  for (const name in ops) {
    const op = ops[name]
    methods[name] = function (this: Tensor) {
      return op(this)
    }
  }
  return methods
}

/** Ops of two operands as methods: `add(a, b)` as `a.add(b)`. */
export function binaryMethods<K extends string>(
  ops: Record<K, (a: Operand, b: Operand) => Tensor>,
): Record<K, (b: Operand) => Tensor> {
  const methods = {} as Record<K, (b: Operand) => Tensor>
  for (const name in ops) {
    const op = ops[name]
    methods[name] = function (this: Tensor, b) {
      return op(this, b)
    }
  }
  return methods
}
