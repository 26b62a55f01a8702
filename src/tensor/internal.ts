// The exports of the tensor room for layers, optim and testing; index.ts has the public ones.

export { creation } from './core/blank.ts'
export { deepCopy } from './core/deepCopy.ts'
export { BYTES, dtypeName, type FloatDType, isFloat, requireDType, tagOf } from './core/dtype.ts'
export { noteEffect } from './core/effects.ts'
export { noTensor, resemblesTensor, shown } from './core/errors.ts'
export { KIND, OURS } from './core/otherCopy.ts'
export {
  isOptions,
  requireChoice,
  requireFlag,
  requireFraction,
  requireFunction,
  requireLibraryName,
  requireNumbers,
  requireOptions,
  requireProbability,
  requireSizes,
  requireSync,
  requireTolerance,
  requireWhole,
} from './core/require.ts'
export { MOST_AXES, requireShape, sameShape, show, sizeOf, stridesOf } from './core/shape.ts'
export { type BuiltInOp, builtInOp } from './define/names.ts'
export { type Heard, listening, listeningToAll, noteRead } from './define/record.ts'
export { type KernelsInUse, kernelsInUse } from './engine/inUse.ts'
export { labelled } from './inspect/named.ts'
export { create, revived } from './ops/creation.ts'
export { softmaxCrossEntropy, type Weighted } from './ops/crossEntropy.ts'
export {
  type PickedElements,
  type PickedRows,
  pickedBy,
  requireIndices,
  type ScatterTo,
  scatterRows,
} from './ops/gather.ts'
export { affine } from './ops/matmul.ts'
export type { Span } from './ops/reduce.ts'
export { asResult, inShape } from './ops/shape.ts'
export { requireGenerator } from './ops/streams.ts'
export type { StridedView } from './ops/strided.ts'
export {
  type AdamStep,
  adamStep_,
  axpby_,
  bringIn,
  changing,
  clamp_,
  clearGrad,
  isChangeable,
  requireChangeable,
  scale_,
} from './ops/update.ts'
export { columnsOf, type GraphNode, NoProgram } from './programs/graph.ts'
export { type Plan, placeOutside } from './programs/plan.ts'
export type { SequenceCall } from './sequence/call.ts'
export { layoutOf, rowsIn } from './sequence/layout.ts'
export type { Mask } from './sequence/places.ts'
export type { LookUp } from './sequence/repeats.ts'
export { composed, isSequence } from './sequence/sequence.ts'
export { type Run, Steps } from './sequence/steps.ts'
export { fingerprint } from './transforms/fingerprint.ts'
export type { Agree, Ok, Refusal, Same, Scalar, Show, Simplified, Size } from './types/shapes.ts'
export type { Mul } from './types/sizes.ts'
