// Adds its methods to the Tensor class, here and nowhere else: ops, readers and the backward pass.

import { defineOperators } from './core/language.ts'
import { countCopy, KIND, OURS } from './core/otherCopy.ts'
import type { Shape } from './core/shape.ts'
import { Tensor } from './core/tensor.ts'
import { type Readers, readers } from './inspect/readers.ts'
import { type Arithmetic, arithmetic } from './ops/arithmetic.ts'
import { type Conversion, conversions } from './ops/convert.ts'
import { type Elementwise, elementwise } from './ops/elementwise.ts'
import { type Gathering, gathering } from './ops/gather.ts'
import { type MatMul, matmuls } from './ops/matmul.ts'
import { type Reductions, reductions } from './ops/reduce.ts'
import { type ShapeMethods, shapeMethods } from './ops/shape.ts'
import { type Softmax, softmaxes } from './ops/softmax.ts'
import { type Assignment, assignment } from './ops/update.ts'
import { type Backward, backwards } from './transforms/gradient.ts'

export interface Methods<S extends Shape = Shape>
  extends Elementwise<S>,
    Arithmetic,
    Reductions,
    Softmax,
    MatMul,
    ShapeMethods<S>,
    Gathering,
    Conversion<S>,
    Assignment,
    Readers,
    Backward<S> {}

declare module './core/tensor.ts' {
  /** A tensor's operations are its methods; `Methods` lists where each is defined. */
  interface Tensor<S extends Shape = Shape> extends Methods<S> {}
}

for (const methods of [
  elementwise,
  arithmetic,
  reductions,
  softmaxes,
  matmuls,
  shapeMethods,
  gathering,
  conversions,
  assignment,
  readers,
  backwards,
])
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true })
Object.defineProperties(Tensor.prototype, { [KIND]: { value: 'Tensor' }, [OURS]: { value: true } })
countCopy()
defineOperators()
