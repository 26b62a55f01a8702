// What Keras, its layers of cuDNN, and haste have in common: weights of one layer at a time in
// kernels (D, G·H), and layers of two directions as objects of two layers. It permutes no gates.
import { type Shape, ShapeError, Tensor, ValueError, zeros } from '../../tensor/index.ts'
import { sameShape, show } from '../../tensor/internal.ts'
import {
  BIASES,
  type Direction,
  directionsOf,
  GATES,
  type RecurrentKind,
  requireFields,
  requireKind,
  requireLayers,
  requireShaped,
  shapeOf,
  vectorsOf,
} from './directions.ts'

/** A recurrent layer that these systems have, besides Keras. */
export type GatedKind = Exclude<RecurrentKind, 'RNN'>

/** Throws a ValueError for another kind. */
export function requireGatedKind(who: string, kind: GatedKind): void {
  requireKind(who, kind, ['GRU', 'LSTM'])
}

/** The weights of one layer, of two directions those of both, under the names of a system. */
export type OneOrBoth<W, N extends string> = W | { [Name in N]: W }

/** The kernels by the names that these systems share. */
export interface Kernels {
  /** (D, G·H): of the input, for G gates. */
  kernel: Tensor
  /** (H, G·H): of the state. */
  recurrent_kernel: Tensor
}

/** The weights of a direction, and what messages call them. */
export interface Part<W> {
  readonly what: string
  readonly weights: W
}

/**
 * The directions of each layer, two when the first layer has the fields `both`, else one. Throws a
 * ValueError for fields that are not `fields`, or `both`.
 */
export function partsOf<W extends object, N extends string>(
  who: string,
  layers: readonly OneOrBoth<W, N>[],
  both: readonly [N, N],
  fields: readonly (keyof W & string)[],
): Part<W>[][] {
  const list = requireLayers(who, layers)
  const [first] = list
  const isDouble = typeof first === 'object' && first !== null && both[0] in first
  const partOf = (what: string, weights: W): Part<W> => ({
    what,
    weights: requireFields(who, what, weights, fields),
  })
  return list.map((layer, l) => {
    const what = `layer ${l}`
    if (!isDouble) return [partOf(what, layer as W)]
    const given = requireFields(who, what, layer as Record<N, W>, both)
    return both.map((name) => partOf(`${what}.${name}`, given[name]))
  })
}

/** The layer of these directions: the other way from `partsOf`. */
export function layerOf<W, N extends string>(
  [forward, backward]: readonly W[],
  [one, other]: readonly [N, N],
): OneOrBoth<W, N> {
  if (backward === undefined) return forward
  return { [one]: forward, [other]: backward } as { [Name in N]: W }
}

/** D, H and G·H. Throws a ShapeError or DTypeError for kernels that are none of such a layer. */
export function requireKernels(
  who: string,
  kind: RecurrentKind,
  what: string,
  { kernel, recurrent_kernel }: Kernels,
): { D: number; H: number; rows: number } {
  const [H] = shapeOf(who, `${what}.recurrent_kernel`, recurrent_kernel, 2)
  const [D] = shapeOf(who, `${what}.kernel`, kernel, 2)
  const rows = GATES[kind].length * H
  const { dtype } = recurrent_kernel
  requireShaped(who, `${what}.recurrent_kernel`, recurrent_kernel, [H, rows], dtype)
  requireShaped(who, `${what}.kernel`, kernel, [D, rows], dtype)
  return { D, H, rows }
}

/** Throws a ShapeError for a bias that is not `expected` but `other`, that of another's layer. */
export function refuseBias(
  who: string,
  name: string,
  bias: unknown,
  expected: Shape,
  other: Shape,
  remedy: string,
): void {
  if (bias instanceof Tensor && sameShape(bias.shape, other))
    throw new ShapeError(
      `${who}: expected ${name} of shape ${show(expected)}, got ${show(other)}: ${remedy}`,
    )
}

/** As `directionsOf`, and throws a ValueError for peepholes, which these systems have not. */
export function directionsWithoutPeepholes(
  who: string,
  system: string,
  kind: RecurrentKind,
  state: Readonly<Record<string, Tensor>>,
): Direction[][] {
  const layers = directionsOf(who, kind, state)
  const peephole = Object.keys(state).find((name) => name.startsWith('weight_c'))
  if (peephole !== undefined)
    throw new ValueError(
      `${who}: expected weights that ${system} has, got ${peephole}: it has no peepholes`,
    )
  return layers
}

/** Both biases of each direction, zeros for those that it lacks. */
export const filledBiases = (directions: readonly Direction[]): Tensor[][] =>
  vectorsOf(directions, BIASES) ??
  directions.map(({ weight_hh: { shape, dtype } }) =>
    BIASES.map(() => zeros([shape[0]], { dtype })),
  )
