// The weights of Keras's recurrent layers of cuDNN as they hold them, and as a state dict.
import { cat, noGrad, type Tensor } from '../../tensor/index.ts'
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
  refuseBias,
  requireGatedKind,
  requireKernels,
} from './kernels.ts'

/**
 * The weights of a CuDNNGRU or CuDNNLSTM of Keras by their names there: kernels for G gates, of an
 * LSTM i, f, c, o, of a GRU z, r, h. The columns of a gate are no matrix (D, H): read row by row
 * they are cuDNN's numbers, a matrix (H, D).
 */
export interface CudnnWeights extends Kernels {
  /** (2·G·H): the biases of the input and then those of the state. */
  bias: Tensor
}

/** The weights of one layer, of a Bidirectional those of both of its layers. */
export type CudnnLayer = OneOrBoth<CudnnWeights, 'forward_layer' | 'backward_layer'>

/** Keras's order of the gates, by the letters of GATES: it calls n h, and g c. */
const ORDERS = { GRU: 'zrn', LSTM: 'ifgo' } as const

const FIELDS = ['kernel', 'recurrent_kernel', 'bias'] as const
const BOTH = ['forward_layer', 'backward_layer'] as const

/**
 * A state dict of the weights of CuDNNGRU and CuDNNLSTM layers, one above the other, the lowest
 * first, or of a Bidirectional of one. These are the layers of Keras 2 and TensorFlow that ran on
 * cuDNN alone, and that models trained on a GPU were saved with. The GRU is one of `resetAfter`,
 * our default.
 *
 * kernel (D, G·H) becomes weight_ih_l0 (G·H, D), recurrent_kernel (H, G·H) weight_hh_l0 (G·H, H),
 * the halves of bias (2·G·H) bias_ih_l0 and bias_hh_l0 (G·H), with the gates of a GRU from z, r, h
 * to r, z, n. Only the bias's length tells such a layer from Keras's own LSTM, and only its axes
 * from a GRU with reset_after: `fromKerasWeights` takes these, whose kernels are other matrices.
 *
 * The matrices and the two biases that cuDNN itself gives, by cudnnGetRNNWeightParams, need no
 * function: its gates are i, f, g, o and r, z, n as ours, and `cat` of a layer's matrices W is
 * weight_ih, of the matrices R weight_hh, as PyTorch does it.
 *
 * Throws a ValueError for an unknown kind or fields, a ShapeError or DTypeError for tensors that
 * are no such weights.
 *
 * ```ts
 * // In Python: kernel, recurrent_kernel, bias = layer.get_weights()
 * const kernel = ones([3, 20])
 * const layer = { kernel, recurrent_kernel: ones([5, 20]), bias: zeros([40]) }
 * const lstm = new LSTM(3, 5)
 * lstm.loadStateDict(fromCudnnWeights('LSTM', [layer]))
 * lstm.weight_ih_l0 // (20, 3)
 * ```
 */
export function fromCudnnWeights(
  kind: GatedKind,
  layers: readonly CudnnLayer[],
): Record<string, Tensor> {
  const who = 'fromCudnnWeights'
  requireGatedKind(who, kind)
  const parts = partsOf(who, layers, BOTH, FIELDS)
  return noGrad(() =>
    stateOf(parts.map((both) => both.map((part) => directionOf(who, kind, part)))),
  )
}

/**
 * The weights of CuDNNGRU or CuDNNLSTM layers for a state dict of a GRU or LSTM: the other way from
 * `fromCudnnWeights`, without loss. They have no layers without biases: these are zeros where the
 * state dict lacks them.
 *
 * Throws as `fromCudnnWeights` does, a ValueError also for parameters of which cuDNN has not the
 * like. A state dict does not tell a GRU of `resetAfter: false`, which cuDNN has not.
 *
 * ```ts
 * const [layer] = toCudnnWeights('GRU', new GRU(3, 5).stateDict()) as CudnnWeights[]
 * layer.kernel // (3, 15)
 * layer.bias // (30)
 * ```
 */
export function toCudnnWeights(
  kind: GatedKind,
  state: Readonly<Record<string, Tensor>>,
): CudnnLayer[] {
  const who = 'toCudnnWeights'
  requireGatedKind(who, kind)
  const layers = directionsWithoutPeepholes(who, 'cuDNN', kind, state)
  const theirs = (x: Tensor) => reordered(x, GATES[kind], ORDERS[kind])
  return noGrad(() =>
    layers.map((directions) => {
      const biases = filledBiases(directions)
      const both = directions.map(({ weight_ih, weight_hh }, k) => ({
        kernel: columnsOf(kind, theirs(weight_ih)),
        recurrent_kernel: columnsOf(kind, theirs(weight_hh)),
        bias: cat(biases[k].map(theirs)),
      }))
      return layerOf(both, BOTH)
    }),
  )
}

/** A kernel (D, G·H) as the matrices (H, D) of its gates, one above the other: (G·H, D). */
function matricesOf(kind: GatedKind, kernel: Tensor): Tensor {
  const [D, rows] = kernel.shape
  const G = GATES[kind].length
  return kernel
    .reshape([D, G, rows / G])
    .permute([1, 0, 2])
    .reshape([rows, D])
}

/** The other way. */
function columnsOf(kind: GatedKind, weight: Tensor): Tensor {
  const [rows, D] = weight.shape
  const G = GATES[kind].length
  return weight
    .reshape([G, D, rows / G])
    .permute([1, 0, 2])
    .reshape([D, rows])
    .clone()
}

function directionOf(
  who: string,
  kind: GatedKind,
  { what, weights }: Part<CudnnWeights>,
): Direction {
  const { kernel, recurrent_kernel, bias } = weights
  const { rows } = requireKernels(who, kind, what, weights)
  const remedy = `fromKerasWeights takes the weights of Keras's own ${kind}`
  const kerasShape = kind === 'GRU' ? [2, rows] : [rows]
  refuseBias(who, `${what}.bias`, bias, [2 * rows], kerasShape, remedy)
  requireShaped(who, `${what}.bias`, bias, [2 * rows], recurrent_kernel.dtype)
  const ours = (x: Tensor) => reordered(x, ORDERS[kind], GATES[kind])
  const [bias_ih, bias_hh] = bias.chunk(2).map(ours)
  return {
    weight_ih: ours(matricesOf(kind, kernel)),
    weight_hh: ours(matricesOf(kind, recurrent_kernel)),
    bias_ih,
    bias_hh,
  }
}
