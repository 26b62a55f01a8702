// The kernels for a tensor's dtype. Ops get them here, never from the engine's table.

import { type FloatKernels, floatKernels } from '../../kernels/engine.ts'
import type { DType, FloatDType } from './dtype.ts'

/** The kernels for tensors of a float dtype; callers have refused every other dtype before. */
export const kernelsOf = ({ dtype }: { readonly dtype: DType }): FloatKernels =>
  floatKernels[dtype as FloatDType]
