// The weights of recurrent layers as haste (github.com/lmnt-com/haste) holds them, and as a state
// dict.
import { noGrad, type Tensor, zeros } from '../../tensor/index.ts'
import { type Direction, GATES, reordered, requireShaped, stateOf } from './directions.ts'
import {
  directionsWithoutPeepholes,
  filledBiases,
  type GatedKind,
  type Kernels,
  layerOf,
  type OneOrBoth,
  type Part,
  partsOf,
  requireGatedKind,
  requireKernels,
} from './kernels.ts'

/**
 * The weights of a GRU or LSTM of haste by their names there: kernels for G gates, of an LSTM
 * i, g, f, o, of a GRU z, r, h.
 */
export interface HasteWeights extends Kernels {
  /** (G·H): of an LSTM the one bias, of a GRU that of the input. */
  bias: Tensor
  /** (G·H): that of the state, which only a GRU has. */
  recurrent_bias?: Tensor | undefined
}

/** The weights of one layer, of a bidirectional one of haste's for TensorFlow those of both. */
export type HasteLayer = OneOrBoth<HasteWeights, 'fw_layer' | 'bw_layer'>

/** haste's order of the gates, by the letters of GATES: it calls n h. */
const ORDERS = { GRU: 'zrn', LSTM: 'igfo' } as const

const FIELDS = ['kernel', 'recurrent_kernel', 'bias', 'recurrent_bias'] as const
const BOTH = ['fw_layer', 'bw_layer'] as const

/**
 * A state dict of the weights of haste's layers, one above the other, the lowest first: a GRU or
 * LSTM each, of haste's IndRNN and its layers of layer normalization we have not the like. An
 * LSTM's one bias becomes bias_ih, and bias_hh is 0; a GRU's bias and recurrent_bias become bias_ih
 * and bias_hh. A GRU of haste is one of `resetAfter`, our default.
 *
 * kernel (D, G·H) becomes weight_ih_l0 (G·H, D), recurrent_kernel (H, G·H) weight_hh_l0 (G·H, H),
 * bias (G·H) bias_ih_l0 and bias_hh_l0 (G·H), with the gates of an LSTM from i, g, f, o to
 * i, f, g, o, of a GRU from z, r, h to r, z, n. The entries are those of `state_dict()` in haste's
 * package for PyTorch, and of `get_weights()` in that for TensorFlow.
 *
 * Throws a ValueError for an unknown kind or fields, a ShapeError or DTypeError for tensors that
 * are no such weights.
 *
 * ```ts
 * const kernel = ones([3, 20])
 * const layer = { kernel, recurrent_kernel: ones([5, 20]), bias: zeros([20]) }
 * const lstm = new LSTM(3, 5)
 * lstm.loadStateDict(fromHasteWeights('LSTM', [layer]))
 * lstm.weight_ih_l0 // (20, 3)
 * ```
 */
export function fromHasteWeights(
  kind: GatedKind,
  layers: readonly HasteLayer[],
): Record<string, Tensor> {
  const who = 'fromHasteWeights'
  requireGatedKind(who, kind)
  const parts = partsOf(who, layers, BOTH, kind === 'GRU' ? FIELDS : FIELDS.slice(0, 3))
  return noGrad(() =>
    stateOf(parts.map((both) => both.map((part) => directionOf(who, kind, part)))),
  )
}

/**
 * The weights of haste's layers for a state dict of a GRU or LSTM: the other way from
 * `fromHasteWeights`. An LSTM's one bias is the sum bias_ih + bias_hh. haste has no layers without
 * biases: they are zeros where the state dict lacks them.
 *
 * Throws as `fromHasteWeights` does, a ValueError also for parameters of which haste has not the
 * like. A state dict does not tell a GRU of `resetAfter: false`, which haste has not.
 *
 * ```ts
 * const [layer] = toHasteWeights('GRU', new GRU(3, 5).stateDict()) as HasteWeights[]
 * layer.kernel // (3, 15)
 * layer.recurrent_bias // (15)
 * ```
 */
export function toHasteWeights(
  kind: GatedKind,
  state: Readonly<Record<string, Tensor>>,
): HasteLayer[] {
  const who = 'toHasteWeights'
  requireGatedKind(who, kind)
  const layers = directionsWithoutPeepholes(who, 'haste', kind, state)
  return noGrad(() =>
    layers.map((directions) => {
      const biases = filledBiases(directions)
      return layerOf(
        directions.map((one, k) => weightsOf(kind, one, biases[k])),
        BOTH,
      )
    }),
  )
}

function directionOf(
  who: string,
  kind: GatedKind,
  { what, weights }: Part<HasteWeights>,
): Direction {
  const { kernel, recurrent_kernel, bias, recurrent_bias } = weights
  const { rows } = requireKernels(who, kind, what, weights)
  const { dtype } = recurrent_kernel
  requireShaped(who, `${what}.bias`, bias, [rows], dtype)
  const ours = (x: Tensor) => reordered(x, ORDERS[kind], GATES[kind])
  const moved = {
    weight_ih: ours(kernel.t()),
    weight_hh: ours(recurrent_kernel.t()),
    bias_ih: ours(bias),
  }
  if (kind === 'LSTM') return { ...moved, bias_hh: zeros([rows], { dtype }) }
  requireShaped(who, `${what}.recurrent_bias`, recurrent_bias, [rows], dtype)
  return { ...moved, bias_hh: ours(recurrent_bias) }
}

function weightsOf(
  kind: GatedKind,
  { weight_ih, weight_hh }: Direction,
  given: readonly Tensor[],
): HasteWeights {
  const theirs = (x: Tensor) => reordered(x, GATES[kind], ORDERS[kind])
  const turned = (x: Tensor) => theirs(x).t().clone()
  const [bias, recurrent_bias] = given.map(theirs)
  return {
    kernel: turned(weight_ih),
    recurrent_kernel: turned(weight_hh),
    ...(kind === 'GRU' ? { bias, recurrent_bias } : { bias: bias.add(recurrent_bias) }),
  }
}
