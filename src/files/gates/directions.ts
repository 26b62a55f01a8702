// The parameters of recurrent layers by layer and direction: taken out of a state dict, put into
// one, and their gates in another order. It knows no other system.
import {
  cat,
  type DType,
  DTypeError,
  type Shape,
  ShapeError,
  Tensor,
  ValueError,
  zeros,
} from '../../tensor/index.ts'
import { noTensor, requireChoice, sameShape, show, shown } from '../../tensor/internal.ts'

/** A recurrent layer of which other systems have the like. */
export type RecurrentKind = 'RNN' | 'GRU' | 'LSTM'

/** Their gates in the order of the rows of weights; n and g are the candidates. */
export const GATES = { RNN: 'h', GRU: 'rzn', LSTM: 'ifgo' } as const

/** The parameters of one direction by the layer's names, without _l0 or _l0_reverse. */
export interface Direction {
  weight_ih: Tensor
  weight_hh: Tensor
  bias_ih?: Tensor | undefined
  bias_hh?: Tensor | undefined
  weight_ci?: Tensor | undefined
  weight_cf?: Tensor | undefined
  weight_co?: Tensor | undefined
}
type Name = keyof Direction

const PEEPHOLES = ['weight_ci', 'weight_cf', 'weight_co'] as const

const NAME = /^(weight_ih|weight_hh|bias_ih|bias_hh|weight_c[ifo])_l(0|[1-9]\d*)(_reverse)?$/

const suffixOf = (layer: number, k: number): string => `_l${layer}${k === 1 ? '_reverse' : ''}`

/** The rows, or numbers, of the gates `from` in the order `to`. */
export function reordered(x: Tensor, from: string, to: string): Tensor {
  const parts = x.chunk(from.length, 0)
  return cat([...to].map((gate) => parts[from.indexOf(gate)]))
}

export function requireKind(
  who: string,
  kind: RecurrentKind,
  kinds: readonly string[] = Object.keys(GATES),
): void {
  requireChoice(who, 'kind', kind, kinds)
}

/** The layers as a list of their own. Throws a ValueError unless there is one at least. */
export function requireLayers<T>(who: string, layers: readonly T[]): readonly T[] {
  if (!Array.isArray(layers) || layers.length === 0)
    throw new ValueError(
      `${who}: expected a list with the weights of each layer, got ${shown(layers)}`,
    )
  return Array.from(layers)
}

/** A copy of the fields. Throws a ValueError for an unknown one, and for what has none. */
export function requireFields<T extends object>(
  who: string,
  what: string,
  given: T,
  known: readonly (keyof T & string)[],
): T {
  const fields = typeof given === 'object' && given !== null ? { ...given } : {}
  const names = Object.keys(fields)
  const unknown = names.find((name) => !(known as readonly string[]).includes(name))
  if (names.length === 0 || unknown !== undefined)
    throw new ValueError(
      `${who}: expected ${what} to be { ${known.join(', ')} }, got ${shown(given)}` +
        (unknown === undefined ? '' : `: there is no place for ${unknown}`),
    )
  return fields as T
}

function requireTensor(who: string, name: string, x: unknown): asserts x is Tensor {
  if (!(x instanceof Tensor))
    throw new DTypeError(`${who}: expected ${name} to be a Tensor, got ${noTensor(x)}`)
}

/** The shape of a tensor of so many axes. Throws a DTypeError or ShapeError for what is none. */
export function shapeOf(who: string, name: string, x: unknown, axes: number): Shape {
  requireTensor(who, name, x)
  if (x.shape.length !== axes)
    throw new ShapeError(`${who}: expected ${name} with ${axes} axes, got ${show(x.shape)}`)
  return x.shape
}

/** Throws a DTypeError unless x is a tensor of this dtype, a ShapeError unless of this shape. */
export function requireShaped(
  who: string,
  name: string,
  x: unknown,
  shape: Shape,
  dtype: DType,
): asserts x is Tensor {
  requireTensor(who, name, x)
  if (!sameShape(x.shape, shape))
    throw new ShapeError(`${who}: expected ${name} of shape ${show(shape)}, got ${show(x.shape)}`)
  if (x.dtype !== dtype)
    throw new DTypeError(
      `${who}: expected ${name} of dtype ${dtype}, got ${x.dtype}: convert it with ` +
        `.to('${dtype}')`,
    )
}

/**
 * The layers of a state dict with their directions. Throws a ValueError for names that no such
 * layer has, a ShapeError or DTypeError for tensors that are missing or no such parameters.
 */
export function directionsOf(
  who: string,
  kind: RecurrentKind,
  state: Readonly<Record<string, Tensor>>,
): Direction[][] {
  requireKind(who, kind)
  if (typeof state !== 'object' || state === null)
    throw new ValueError(
      `${who}: expected a state dict, an object of tensors by name, got ${shown(state)}`,
    )
  const found = new Map<string, Partial<Direction>>([['_l0', {}]])
  for (const [name, t] of Object.entries(state)) {
    const [, part, layer, reverse = ''] = NAME.exec(name) ?? []
    if (part === undefined || (kind !== 'LSTM' && part.startsWith('weight_c')))
      throw new ValueError(
        `${who}: expected the state dict of one ${kind} layer, as lstm.stateDict() gives it, got ` +
          `${shown(name)}: there is no place for it`,
      )
    const suffix = `_l${layer}${reverse}`
    const direction = found.get(suffix) ?? {}
    found.set(suffix, direction)
    direction[part as Name] = t
  }
  const count = found.has('_l0_reverse') ? 2 : 1
  return Array.from({ length: Math.ceil(found.size / count) }, (_, layer) =>
    Array.from({ length: count }, (_, k) => {
      const suffix = suffixOf(layer, k)
      const direction = found.get(suffix) ?? {}
      requireDirection(who, kind, direction, suffix)
      return direction
    }),
  )
}

function requireDirection(
  who: string,
  kind: RecurrentKind,
  direction: Partial<Direction>,
  suffix: string,
): asserts direction is Direction {
  const { weight_ih, weight_hh, bias_ih, bias_hh, ...peepholes } = direction
  const [, H] = shapeOf(who, `weight_hh${suffix}`, weight_hh, 2)
  const [, D] = shapeOf(who, `weight_ih${suffix}`, weight_ih, 2)
  const rows = GATES[kind].length * H
  const { dtype } = weight_hh as Tensor
  const require = (name: string, x: Tensor | undefined, shape: Shape) =>
    requireShaped(who, name + suffix, x, shape, dtype)
  require('weight_hh', weight_hh, [rows, H])
  require('weight_ih', weight_ih, [rows, D])
  for (const [name, bias] of Object.entries({ bias_ih, bias_hh }))
    if (bias !== undefined) require(name, bias, [rows])
  if (Object.keys(peepholes).length > 0)
    for (const name of PEEPHOLES) require(name, peepholes[name], [H])
}

export const BIASES = ['bias_ih', 'bias_hh'] as const

/** These vectors of each direction, zeros for those that one lacks; null where all lack them. */
export function vectorsOf(
  directions: readonly Direction[],
  names: readonly (keyof Direction)[],
): Tensor[][] | null {
  const all = directions.map((one) => names.map((name) => one[name]))
  const [like] = all.flat().filter((t) => t !== undefined)
  return like === undefined
    ? null
    : all.map((own) => own.map((t) => t ?? zeros(like.shape, { dtype: like.dtype })))
}

/** The state dict of these layers. */
export function stateOf(layers: readonly (readonly Direction[])[]): Record<string, Tensor> {
  const state: Record<string, Tensor> = {}
  layers.forEach((directions, layer) => {
    directions.forEach((direction, k) => {
      for (const [name, t] of Object.entries(direction) as [Name, Tensor | undefined][])
        if (t !== undefined) state[name + suffixOf(layer, k)] = t
    })
  })
  return state
}
