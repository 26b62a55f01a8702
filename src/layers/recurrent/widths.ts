// The widths of a recurrent layer's layers, and with them the form of its states: one tensor over
// all layers where one number is given for them, a list of one for each where a list is.
import { type DType, type Shape, stack, type Tensor, ValueError } from '../../tensor/index.ts'
import { asResult, requireSizes, shown } from '../../tensor/internal.ts'
import { requireMatch } from '../parameters.ts'
import type { Widths } from '../types.ts'
import { requireLayers } from './options.ts'
import { type NamedTensors, type Names, requireNames, stateOf } from './state.ts'

const isArray = (x: unknown): x is readonly unknown[] => Array.isArray(x)

/** hiddenSize as a layer holds it: of a list, a copy that nobody changes. */
export const copied = <H extends Widths>(hiddenSize: H): H =>
  isArray(hiddenSize) ? (Object.freeze([...hiddenSize]) as Widths as H) : hiddenSize

/**
 * The width of each layer. Throws a ValueError unless hiddenSize is a positive integer, or a list
 * with one for each layer, and numLayers, where it is given, the length of such a list.
 */
export function requireWidths(
  who: string,
  hiddenSize: Widths,
  numLayers: number | undefined,
): readonly number[] {
  if (!isArray(hiddenSize)) {
    requireSizes(who, { hiddenSize })
    return Array<number>(requireLayers(who, numLayers)).fill(hiddenSize)
  }
  const count = hiddenSize.length
  if (count === 0)
    throw new ValueError(
      `${who}: expected hiddenSize to be a positive integer, or one for each layer, got []`,
    )
  requireSizes(who, Object.fromEntries(hiddenSize.map((H, l) => [`hiddenSize[${l}]`, H])))
  if (requireLayers(who, numLayers === undefined ? count : numLayers) !== count)
    throw new ValueError(
      `${who}: expected numLayers to be ${count}, the length of hiddenSize, got ${numLayers}: ` +
        'leave it out',
    )
  return hiddenSize
}

/** The sizes of a state's tensors in one direction, by name. */
export type Sizes<S> = Readonly<Record<keyof S & string, number>>

/** How the states of all directions are given, and come out. */
export interface StateForm<S> {
  readonly names: Names<S>
  /** Whether there is a list of tensors by each name, or one tensor. */
  readonly isList: boolean
  /** How many directions are in a tensor, a place of its first axis each. */
  readonly count: number
  /** The sizes of each tensor of such a list, or of the one tensor, by name. */
  readonly sizes: readonly Sizes<S>[]
}

/** The form of lists, or of one tensor by each name, for these layers in their directions. */
export function formOf<S>(
  isList: boolean,
  names: Names<S>,
  layers: readonly (readonly { readonly sizes: Sizes<S> }[])[],
): StateForm<S> {
  const sizes = layers.map(([first]) => first.sizes)
  const directions = layers[0].length
  return isList
    ? { names, isList, count: directions, sizes }
    : { names, isList, count: directions * layers.length, sizes: sizes.slice(0, 1) }
}

/** A state in one of the two forms. */
export type Formed<S> = { [K in keyof S]: Tensor | readonly Tensor[] }

/**
 * The state of direction k, counted over all layers, of N sequences (N, size) each. Throws a
 * ValueError, ShapeError or DTypeError unless the state given has this form.
 */
export function requireState<S extends NamedTensors<S>>(
  who: string,
  { names, isList, count, sizes }: StateForm<S>,
  state: Formed<S>,
  N: number,
  dtype: DType,
): (k: number) => S {
  requireNames(who, names, state)
  const given = names.map((name) => state[name])
  const tensors = names.map((name, i) => {
    const all = isList
      ? requireList(who, `state.${name}`, given[i], sizes.length)
      : [given[i] as Tensor]
    all.forEach((t, l) => {
      const shape: Shape = [count, N, sizes[l][name]]
      requireMatch(who, `state.${name}${isList ? `[${l}]` : ''}`, t, shape, dtype)
    })
    return all
  })
  return (k) => stateOf(names, (_, i) => tensors[i][Math.floor(k / count)].select(0, k % count))
}

function requireList(who: string, what: string, x: unknown, length: number): readonly Tensor[] {
  if (!isArray(x) || x.length !== length)
    throw new ValueError(
      `${who}: expected ${what} to be a list of ${length} tensors, one for each layer, got ` +
        `${isArray(x) ? x.length : shown(x)}`,
    )
  return Array.from(x) as Tensor[]
}

/** The states of all directions in the form in which a caller gets them. */
export function formed<S extends NamedTensors<S>>(
  { names, isList, count, sizes }: StateForm<S>,
  states: readonly S[],
): Formed<S> {
  const entries = names.map((name) => {
    const tensors = sizes.map((_, l) =>
      asResult(stack(states.slice(l * count, (l + 1) * count).map((own): Tensor => own[name]))),
    )
    return [name, isList ? tensors : tensors[0]]
  })
  return Object.fromEntries(entries) as Formed<S>
}
