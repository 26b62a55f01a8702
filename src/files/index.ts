// The public entry point tapegrad/files: re-exports, nothing else.

/**
 * Tensors from files and to files.
 *
 * @module tapegrad/files
 */

export {
  type CudnnLayer,
  type CudnnWeights,
  fromCudnnWeights,
  toCudnnWeights,
} from './gates/cudnn.ts'
export type { RecurrentKind } from './gates/directions.ts'
export {
  fromHasteWeights,
  type HasteLayer,
  type HasteWeights,
  toHasteWeights,
} from './gates/haste.ts'
export {
  fromKerasWeights,
  type KerasLayer,
  type KerasOptions,
  type KerasWeights,
  toKerasWeights,
} from './gates/keras.ts'
export type { GatedKind } from './gates/kernels.ts'
export { fromOnnxWeights, type OnnxWeights, toOnnxWeights } from './gates/onnx.ts'
export { readNpy, writeNpy } from './npy.ts'
export { readNpz, writeNpz } from './npz.ts'
export { type OnnxOptions, toOnnx } from './onnx/toOnnx.ts'
export type { OnnxInput } from './onnx/trace.ts'
export { readSafetensors, type Safetensors, writeSafetensors } from './safetensors.ts'
export { SafetensorsError, type SafetensorsProblem } from './safetensorsHeader.ts'
export { TorchFileError } from './torch/error.ts'
export { readTorch, type TorchValue } from './torch/torch.ts'
