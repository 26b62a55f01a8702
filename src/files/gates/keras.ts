// The weights of recurrent layers as Keras holds them, and as a state dict.
import { noGrad, ShapeError, stack, Tensor, ValueError, zeros } from '../../tensor/index.ts'
import { requireFlag, requireOptions, show } from '../../tensor/internal.ts'
import {
  BIASES,
  type Direction,
  GATES,
  type RecurrentKind,
  reordered,
  requireKind,
  requireShaped,
  stateOf,
  vectorsOf,
} from './directions.ts'
import {
  directionsWithoutPeepholes,
  layerOf,
  type OneOrBoth,
  type Part,
  partsOf,
  refuseBias,
  requireKernels,
} from './kernels.ts'

/** The weights of a SimpleRNN, GRU or LSTM of Keras by their names there. */
export interface KerasWeights {
  /** (D, G·H): of the input, for G gates; of an LSTM i, f, c, o, of a GRU z, r, h. */
  kernel: Tensor
  /** (H, G·H): of the state. */
  recurrent_kernel: Tensor
  /** (G·H), of a GRU with reset_after (2, 3H); left out with use_bias=False. */
  bias?: Tensor | undefined
}

/** The weights of one layer, of a Bidirectional those of both of its layers. */
export type KerasLayer = OneOrBoth<KerasWeights, 'forward_layer' | 'backward_layer'>

/** Which GRU it is. */
export interface KerasOptions {
  /** Whether a GRU has reset_after=True, Keras's default, and `resetAfter`, that of ours (true). */
  resetAfter?: boolean | undefined
}

/** Keras's order of the gates, by the letters of GATES: it calls n h, and g c. */
const ORDERS = { RNN: 'h', GRU: 'zrn', LSTM: 'ifgo' } as const

const FIELDS = ['kernel', 'recurrent_kernel', 'bias'] as const
const BOTH = ['forward_layer', 'backward_layer'] as const

/**
 * A state dict of the weights of Keras's layers, one above the other, the lowest first: a
 * SimpleRNN, GRU or LSTM each, or a Bidirectional of one. Keras's one bias becomes bias_ih, and
 * bias_hh is 0; the two rows of a GRU's with reset_after become bias_ih and bias_hh.
 *
 * kernel (D, G·H) becomes weight_ih_l0 (G·H, D), recurrent_kernel (H, G·H) weight_hh_l0 (G·H, H),
 * bias (G·H) bias_ih_l0 and bias_hh_l0 (G·H), with the gates of a GRU from z, r, h to r, z, n.
 *
 * Throws a ValueError for an unknown kind, fields or options, a ShapeError or DTypeError for
 * tensors that are no such weights.
 *
 * ```ts
 * // In Python: kernel, recurrent_kernel, bias = layer.get_weights()
 * const kernel = ones([3, 20])
 * const layer = { kernel, recurrent_kernel: ones([5, 20]), bias: zeros([20]) }
 * const lstm = new LSTM(3, 5)
 * lstm.loadStateDict(fromKerasWeights('LSTM', [layer]))
 * lstm.weight_ih_l0 // (20, 3)
 * ```
 */
export function fromKerasWeights(
  kind: RecurrentKind,
  layers: readonly KerasLayer[],
  options: KerasOptions = {},
): Record<string, Tensor> {
  const who = 'fromKerasWeights'
  requireKind(who, kind)
  const rows = biasRows(who, kind, options)
  const parts = partsOf(who, layers, BOTH, FIELDS)
  return noGrad(() =>
    stateOf(parts.map((both) => both.map((part) => directionOf(who, kind, rows, part)))),
  )
}

/**
 * The weights of Keras's layers for a state dict of an RNN, GRU or LSTM: the other way from
 * `fromKerasWeights`. Keras's one bias is the sum bias_ih + bias_hh; those of a GRU with
 * reset_after are both.
 *
 * Throws as `fromKerasWeights` does, a ValueError also for parameters of which Keras has not the
 * like.
 *
 * ```ts
 * const [layer] = toKerasWeights('GRU', new GRU(3, 5).stateDict()) as KerasWeights[]
 * layer.kernel // (3, 15)
 * layer.bias // (2, 15)
 * ```
 */
export function toKerasWeights(
  kind: RecurrentKind,
  state: Readonly<Record<string, Tensor>>,
  options: KerasOptions = {},
): KerasLayer[] {
  const who = 'toKerasWeights'
  const layers = directionsWithoutPeepholes(who, 'Keras', kind, state)
  const rows = biasRows(who, kind, options)
  return noGrad(() =>
    layers.map((directions) => {
      const biases = vectorsOf(directions, BIASES)
      const both = directions.map((one, k) => weightsOf(kind, rows, one, biases?.[k]))
      return layerOf(both, BOTH)
    }),
  )
}

/** How many rows a bias has in Keras. */
function biasRows(who: string, kind: RecurrentKind, options: KerasOptions): 1 | 2 {
  const { resetAfter } = requireOptions(who, options, ['resetAfter'])
  requireFlag(who, 'resetAfter', resetAfter)
  if (resetAfter !== undefined && kind !== 'GRU')
    throw new ValueError(`${who}: expected resetAfter for a GRU, got it for ${kind}: leave it out`)
  return kind === 'GRU' && resetAfter !== false ? 2 : 1
}

function directionOf(
  who: string,
  kind: RecurrentKind,
  biasRows: 1 | 2,
  { what, weights: given }: Part<KerasWeights>,
): Direction {
  const { kernel, recurrent_kernel, bias } = given
  const { rows } = requireKernels(who, kind, what, given)
  const { dtype } = recurrent_kernel
  const ours = (x: Tensor) => reordered(x, ORDERS[kind], GATES[kind])
  const weights = { weight_ih: ours(kernel.t()), weight_hh: ours(recurrent_kernel.t()) }
  if (bias === undefined) return weights
  const shape = biasRows === 2 ? [2, rows] : [rows]
  if (kind !== 'RNN') {
    const remedy = `fromCudnnWeights takes the weights of a CuDNN${kind}`
    refuseBias(who, `${what}.bias`, bias, shape, [2 * rows], remedy)
  }
  requireBias(who, kind, `${what}.bias`, bias, biasRows)
  requireShaped(who, `${what}.bias`, bias, shape, dtype)
  if (biasRows === 1) return { ...weights, bias_ih: ours(bias), bias_hh: zeros([rows], { dtype }) }
  return { ...weights, bias_ih: ours(bias.select(0, 0)), bias_hh: ours(bias.select(0, 1)) }
}

/** Throws a ShapeError for the bias of the other GRU. */
function requireBias(
  who: string,
  kind: RecurrentKind,
  name: string,
  bias: unknown,
  biasRows: 1 | 2,
): void {
  if (kind !== 'GRU' || !(bias instanceof Tensor) || bias.shape.length === biasRows) return
  const is = biasRows === 1
  throw new ShapeError(
    `${who}: expected ${name} of a GRU with reset_after=${is ? 'False' : 'True'}, got one of ` +
      `shape ${show(bias.shape)}: pass { resetAfter: ${is} }, here and to the GRU`,
  )
}

function weightsOf(
  kind: RecurrentKind,
  biasRows: 1 | 2,
  { weight_ih, weight_hh }: Direction,
  given: readonly Tensor[] | undefined,
): KerasWeights {
  const theirs = (x: Tensor) => reordered(x, GATES[kind], ORDERS[kind])
  const turned = (x: Tensor) => theirs(x).t().clone()
  const biases = given?.map(theirs)
  return {
    kernel: turned(weight_ih),
    recurrent_kernel: turned(weight_hh),
    ...(biases && { bias: biasRows === 2 ? stack(biases) : biases[0].add(biases[1]) }),
  }
}
