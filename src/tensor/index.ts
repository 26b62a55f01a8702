// The public exports of the tensor room: tensors, their ops, and gradients.

import './methods.ts'

export type { DType, TypedArray } from './core/dtype.ts'
export {
  AnomalyError,
  DTypeError,
  EngineError,
  IndexError,
  LibraryError,
  MemoryError,
  ShapeError,
  TapeError,
  ThreadError,
  ValueError,
} from './core/errors.ts'
export type { Described, Numbers } from './core/numbers.ts'
export type { Axes, Shape } from './core/shape.ts'
export { Tensor } from './core/tensor.ts'
export { binary, defineOp, unary } from './define/define.ts'
export type { Binary, Unary } from './define/elementwise.ts'
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
export { useWideVectors } from './engine/wide.ts'
export { detectAnomaly } from './inspect/anomaly.ts'
export type { NestedArray } from './inspect/format.ts'
export type { TensorJSON } from './inspect/json.ts'
export { named } from './inspect/named.ts'
export { type Tape, type TapeOptions, tape } from './inspect/tape/tape.ts'
export { where } from './ops/arithmetic.ts'
export type { TensorData } from './ops/creation.ts'
export {
  eye,
  full,
  ones,
  type TensorOptions,
  tensor,
  zeros,
} from './ops/creation.ts'
export { cat, stack } from './ops/join.ts'
export { type RandomOptions, rand, randint, randn, randomSeed } from './ops/random.ts'
export { arange, linspace } from './ops/ranges.ts'
export {
  Generator,
  type GeneratorState,
  manualSeed,
  randomState,
  setRandomState,
} from './ops/streams.ts'
export { checkpoint } from './transforms/checkpoint.ts'
export { hessian, hvp, jacobian, jvp, valueAndGrad, vjp } from './transforms/functional.ts'
export { fuse } from './transforms/fuse.ts'
export { type GradOptions, grad } from './transforms/gradient.ts'
export type { BackwardOptions } from './transforms/pass.ts'
export { enableGrad, noGrad } from './transforms/recording.ts'
export type { Inputs, Mirrored, Tangents, TensorFunction } from './transforms/trace.ts'
export type { Dim } from './types/sizes.ts'
