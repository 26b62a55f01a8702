// The tensor room: tensors, their ops, and gradients.

import './methods.ts'

export { arange, eye, full, linspace, ones, type TensorOptions, tensor, zeros } from './creation.ts'
export { type DType, type FloatDType, isFloat, type TypedArray } from './dtype.ts'
export { DTypeError, IndexError, MemoryError, ShapeError, TapeError, ValueError } from './errors.ts'
export { type BackwardOptions, enableGrad, type GradOptions, grad, noGrad } from './gradient.ts'
export { type Binary, binary, defineOp, type Op, type OpCall, type Operand, type Unary, unary } from './op.ts'
export { where } from './ops/arithmetic.ts'
export { requireIndices } from './ops/gather.ts'
export { cat, stack } from './ops/join.ts'
export { type Compose, lstmSequence, rnnSequence } from './ops/sequence.ts'
export { type AdamStep, adamStep_, axpby_, clearGrad, scale_ } from './ops/update.ts'
export { checkOptions } from './options.ts'
export { Generator, manualSeed, type RandomOptions, rand, randint, randn } from './random.ts'
export { type Axes, type Shape, sameShape, show } from './shape.ts'
export { type NestedArray, type Numbers, Tensor } from './tensor.ts'
