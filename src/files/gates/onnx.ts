// The weights of recurrent layers as ONNX holds them, and as a state dict.
import { cat, noGrad, ShapeError, stack, type Tensor } from '../../tensor/index.ts'
import {
  BIASES,
  type Direction,
  directionsOf,
  GATES,
  type RecurrentKind,
  reordered,
  requireFields,
  requireKind,
  requireLayers,
  requireShaped,
  shapeOf,
  stateOf,
  vectorsOf,
} from './directions.ts'

/** The weights of a node RNN, GRU or LSTM of ONNX by the names of its inputs. */
export interface OnnxWeights {
  /** (directions, G·H, D): of the input, for G gates; of an LSTM i, o, f, c, of a GRU z, r, h. */
  W: Tensor
  /** (directions, G·H, H): of the state. */
  R: Tensor
  /** (directions, 2·G·H): the biases of the input and then those of the state; may be left out. */
  B?: Tensor | undefined
  /** (directions, 3·H): the peepholes of an LSTM's i, o, f; may be left out. */
  P?: Tensor | undefined
}

/** ONNX's order of the gates, by the letters of GATES: it calls n h, and g c. */
const ORDERS = { RNN: 'h', GRU: 'zrn', LSTM: 'iofg' } as const

/** The order of P. */
const PEEPHOLES = ['weight_ci', 'weight_co', 'weight_cf'] as const

const FIELDS = ['W', 'R', 'B', 'P'] as const

/**
 * A state dict of the weights of ONNX's nodes, one above the other, the lowest first; of those with
 * direction = bidirectional for a layer with `bidirectional`. The first half of B becomes bias_ih,
 * the second bias_hh, P becomes weight_ci, weight_co and weight_cf, of `peepholes`.
 *
 * W (directions, G·H, D) becomes weight_ih_l0 and weight_ih_l0_reverse (G·H, D), R (directions,
 * G·H, H) weight_hh_l0, … (G·H, H), B (directions, 2·G·H) biases (G·H), with the gates of an LSTM
 * from i, o, f, c to i, f, g, o, of a GRU from z, r, h to r, z, n. A GRU is one of `resetAfter`
 * when the node's linear_before_reset is 1; ONNX's default is 0. The weights do not tell.
 *
 * Throws a ValueError for an unknown kind or fields, a ShapeError or DTypeError for tensors that
 * are no such weights.
 *
 * ```ts
 * const node = { W: ones([1, 15, 3]), R: ones([1, 15, 5]), B: zeros([1, 30]) }
 * const gru = new GRU(3, 5, { resetAfter: false })
 * gru.loadStateDict(fromOnnxWeights('GRU', [node]))
 * gru.weight_ih_l0 // (15, 3)
 * ```
 */
export function fromOnnxWeights(
  kind: RecurrentKind,
  layers: readonly OnnxWeights[],
): Record<string, Tensor> {
  const who = 'fromOnnxWeights'
  requireKind(who, kind)
  const nodes = requireLayers(who, layers).map((node, l) =>
    requireFields(who, `layer ${l}`, node, kind === 'LSTM' ? FIELDS : FIELDS.slice(0, 3)),
  )
  return noGrad(() => {
    const [count] = shapeOf(who, 'layer 0.R', nodes[0].R, 3)
    if (count !== 1 && count !== 2)
      throw new ShapeError(`${who}: expected layer 0.R of 1 or 2 directions, got ${count}`)
    return stateOf(nodes.map((node, l) => directionsIn(who, kind, `layer ${l}`, node, count)))
  })
}

/**
 * The weights of ONNX's nodes for a state dict of an RNN, GRU or LSTM: the other way from
 * `fromOnnxWeights`, without loss. A bias beside none is beside zeros. The node's
 * linear_before_reset is 1 for a GRU of `resetAfter`, our default.
 *
 * Throws a ValueError for parameters of which ONNX has not the like, a ShapeError or DTypeError for
 * tensors that are no such parameters.
 *
 * ```ts
 * const [node] = toOnnxWeights('LSTM', new LSTM(3, 5, { bidirectional: true }).stateDict())
 * node.W // (2, 20, 3)
 * node.B // (2, 40)
 * ```
 */
export function toOnnxWeights(
  kind: RecurrentKind,
  state: Readonly<Record<string, Tensor>>,
): OnnxWeights[] {
  const layers = directionsOf('toOnnxWeights', kind, state)
  const theirs = (x: Tensor) => reordered(x, GATES[kind], ORDERS[kind])
  return noGrad(() =>
    layers.map((directions) => {
      const B = vectorsOf(directions, BIASES)?.map((both) => cat(both.map(theirs)))
      const P = vectorsOf(directions, PEEPHOLES)?.map((three) => cat(three))
      return {
        W: stack(directions.map(({ weight_ih }) => theirs(weight_ih))),
        R: stack(directions.map(({ weight_hh }) => theirs(weight_hh))),
        ...(B && { B: stack(B) }),
        ...(P && { P: stack(P) }),
      }
    }),
  )
}

/** The directions of a node. */
function directionsIn(
  who: string,
  kind: RecurrentKind,
  what: string,
  { W, R, B, P }: OnnxWeights,
  count: number,
): Direction[] {
  const [, , H] = shapeOf(who, `${what}.R`, R, 3)
  const [, , D] = shapeOf(who, `${what}.W`, W, 3)
  const rows = GATES[kind].length * H
  const { dtype } = R
  requireShaped(who, `${what}.R`, R, [count, rows, H], dtype)
  requireShaped(who, `${what}.W`, W, [count, rows, D], dtype)
  if (B !== undefined) requireShaped(who, `${what}.B`, B, [count, 2 * rows], dtype)
  if (P !== undefined) requireShaped(who, `${what}.P`, P, [count, 3 * H], dtype)
  const ours = (x: Tensor) => reordered(x, ORDERS[kind], GATES[kind])
  return Array.from({ length: count }, (_, k) => {
    const biases = B?.select(0, k).chunk(2).map(ours) ?? []
    const [weight_ci, weight_co, weight_cf] = P?.select(0, k).clone().chunk(3) ?? []
    return {
      weight_ih: ours(W.select(0, k)),
      weight_hh: ours(R.select(0, k)),
      ...(B && { bias_ih: biases[0], bias_hh: biases[1] }),
      ...(P && { weight_ci, weight_cf, weight_co }),
    }
  })
}
