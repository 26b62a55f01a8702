// A call of a recurrence over packed sequences: its attributes, what it saves for backward, and the
// memory that a run takes. sequence.ts and backward.ts run it.

import { type PreparedProduct, prepare, preparedLength } from '../../kernels/blas/product.ts'
import { creation } from '../core/blank.ts'
import type { FloatDType } from '../core/dtype.ts'
import { unscoped } from '../core/scopes.ts'
import type { Tensor } from '../core/tensor.ts'
import type { Code } from '../programs/code.ts'
import type { Lowered } from '../programs/lowered.ts'
import type { PlannedProduct } from '../programs/plan.ts'
import type { Program } from '../programs/program.ts'
import type { Mask, Places, Saved } from './places.ts'

/** A call of the op. Its inputs are x, the first states, and the plan's tensors from outside. */
export interface SequenceCall {
  /** The cell's, for messages and pictures of the tape. */
  readonly name: string
  readonly lowered: Lowered
  /** Of this step, and of each call in turn. */
  readonly places: Places
  /** The number of sequences in each step, never growing. */
  readonly sizes: readonly number[]
  /** Whether the result has the rows of every state, and not of the first one alone. */
  readonly every: boolean
  readonly masks: readonly Mask[]
}

export interface Attributes extends SequenceCall {
  readonly saved: Saved
}

/** The code of programs; null where there is no instruction. Ask for it before any address. */
export const codesOf = (programs: readonly Program[]): (Code | null)[] =>
  programs.map((program) => (program.isEmpty ? null : program.kept()))

/**
 * Room for a weight that is packed for products of up to N rows, if it needs some, and a function
 * that packs it.
 */
export function packing(
  { transposed }: PlannedProduct,
  weight: Tensor,
  N: number,
  forward: boolean,
): { room: Tensor | null; pack: () => PreparedProduct } {
  const dtype = weight.dtype as FloatDType
  const isStoredAsSaid = transposed === forward
  const [n, k] = isStoredAsSaid ? weight.shape : [weight.shape[1], weight.shape[0]]
  const trans = Number(isStoredAsSaid !== weight.transposed)
  const length = preparedLength(dtype, N, n, k, trans)
  const room = length === 0 ? null : unscoped(() => creation([length], dtype, 'packed weights'))
  const pack = () => prepare(dtype, room?.address() ?? 0, weight.storedAddress(), N, n, k, trans)
  return { room, pack }
}
