// The tensor room: tensors, their ops, and gradients.

import './methods.ts'

export { detectAnomaly } from './anomaly.ts'
export { type BlasOptions, type SystemBlas, useBuiltInKernels, useSystemBlas } from './blas.ts'
export { checkpoint } from './checkpoint.ts'
export { KIND, OURS } from './copies.ts'
export { copied } from './copy.ts'
export { arange, eye, full, linspace, ones, type TensorOptions, tensor, zeros } from './creation.ts'
export { binary, defineOp } from './define.ts'
export {
  BYTES,
  checkDType,
  type DType,
  dtypeName,
  type FloatDType,
  isFloat,
  kindOf,
  type TypedArray,
} from './dtype.ts'
export { type Binary, type Unary, unary } from './elementwise.ts'
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
} from './errors.ts'
export { fingerprint } from './fingerprint.ts'
export { hessian, hvp, jacobian, jvp, valueAndGrad, vjp } from './functional.ts'
export { type GradOptions, grad } from './gradient.ts'
export { useKernels } from './kernels.ts'
export type { Op, OpCall } from './op.ts'
export type { Operand } from './operand.ts'
export { where } from './ops/arithmetic.ts'
export { softmaxCrossEntropy } from './ops/crossEntropy.ts'
export { pickedBy, requireIndices, scatterRows } from './ops/gather.ts'
export { cat, stack } from './ops/join.ts'
export { affine } from './ops/matmul.ts'
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
export { checkFlag, checkFunction, checkNumbers, checkOptions, isOptions } from './options.ts'
export type { BackwardOptions } from './pass.ts'
export {
  checkGenerator,
  Generator,
  manualSeed,
  type RandomOptions,
  rand,
  randint,
  randn,
} from './random.ts'
export { enableGrad, noGrad } from './recording.ts'
export { type Axes, checkShape, MOST_AXES, type Shape, sameShape, show } from './shape.ts'
export { type Tape, type TapeOptions, tape } from './tape/tape.ts'
export { type NestedArray, type Numbers, Tensor, type TensorData } from './tensor.ts'
export { setThreads } from './threads.ts'
export type { Inputs, Mirrored, Tangents, TensorFunction } from './trace.ts'
export type { Agree, Known, Ok, Refusal, Same, Scalar, Show, Size } from './types/shapes.ts'
export type { Dim, Mul } from './types/sizes.ts'
