// The tensor room: tensors, their ops, and gradients.

import './methods.ts'

export { KIND, OURS } from './core/copies.ts'
export { copied } from './core/copy.ts'
export {
  BYTES,
  checkDType,
  type DType,
  dtypeName,
  type FloatDType,
  isFloat,
  kindOf,
  type TypedArray,
} from './core/dtype.ts'
export {
  AnomalyError,
  DTypeError,
  EngineError,
  IndexError,
  LibraryError,
  MemoryError,
  noTensor,
  resemblesTensor,
  ShapeError,
  shown,
  TapeError,
  ThreadError,
  ValueError,
} from './core/errors.ts'
export { checkFlag, checkFunction, checkNumbers, checkOptions, isOptions } from './core/options.ts'
export { type Axes, checkShape, MOST_AXES, type Shape, sameShape, show } from './core/shape.ts'
export { type NestedArray, type Numbers, Tensor, type TensorData } from './core/tensor.ts'
export { binary, defineOp } from './define/define.ts'
export { type Binary, type Unary, unary } from './define/elementwise.ts'
export type { Op, OpCall } from './define/op.ts'
export type { Operand } from './define/operand.ts'
export {
  type BlasOptions,
  type SystemBlas,
  useBuiltInKernels,
  useSystemBlas,
} from './engine/blas.ts'
export { useKernels } from './engine/kernels.ts'
export { setThreads } from './engine/threads.ts'
export { detectAnomaly } from './inspect/anomaly.ts'
export { type Tape, type TapeOptions, tape } from './inspect/tape/tape.ts'
export { where } from './ops/arithmetic.ts'
export {
  arange,
  eye,
  full,
  linspace,
  ones,
  type TensorOptions,
  tensor,
  zeros,
} from './ops/creation.ts'
export { softmaxCrossEntropy } from './ops/crossEntropy.ts'
export { pickedBy, requireIndices, scatterRows } from './ops/gather.ts'
export { cat, stack } from './ops/join.ts'
export { affine } from './ops/matmul.ts'
export {
  checkGenerator,
  Generator,
  manualSeed,
  type RandomOptions,
  rand,
  randint,
  randn,
} from './ops/random.ts'
export type { LookUp } from './ops/repeats.ts'
export { type Compose, lstmSequence, rnnSequence } from './ops/sequence.ts'
export { asResult, inShape } from './ops/shape.ts'
export {
  type AdamStep,
  adamStep_,
  axpby_,
  bringIn,
  clamp_,
  clearGrad,
  isChangeable,
  requireChangeable,
  scale_,
} from './ops/update.ts'
export { checkpoint } from './transforms/checkpoint.ts'
export { fingerprint } from './transforms/fingerprint.ts'
export { hessian, hvp, jacobian, jvp, valueAndGrad, vjp } from './transforms/functional.ts'
export { type GradOptions, grad } from './transforms/gradient.ts'
export type { BackwardOptions } from './transforms/pass.ts'
export { enableGrad, noGrad } from './transforms/recording.ts'
export type { Inputs, Mirrored, Tangents, TensorFunction } from './transforms/trace.ts'
export type { Agree, Known, Ok, Refusal, Same, Scalar, Show, Size } from './types/shapes.ts'
export type { Dim, Mul } from './types/sizes.ts'
