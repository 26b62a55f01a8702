// The requirements on the parameters of optimisers and clipping; it computes nothing.
import { DTypeError, TapeError, Tensor, ValueError } from '../tensor/index.ts'
import {
  isFloat,
  isOptions,
  noTensor,
  requireChangeable,
  resemblesTensor,
  show,
  shown,
} from '../tensor/internal.ts'

/** Parameters in a list, or with names: entries as `model.namedParameters()` gives, or a record. */
export type Params =
  | readonly Tensor[]
  | readonly (readonly [name: string, parameter: Tensor])[]
  | Readonly<Record<string, Tensor>>

/** Parameters in a list of its own, and their names where they were given any. */
export interface ParamList {
  readonly params: readonly Tensor[]
  readonly names: readonly string[] | null
}

/**
 * The tensors, in an array of their own; throws a ValueError unless this is an array, a DTypeError
 * unless it holds nothing but tensors.
 */
export function requireTensors(who: string, parameters: readonly Tensor[]): readonly Tensor[] {
  if (!Array.isArray(parameters))
    throw new ValueError(
      `${who}: expected an array of tensors, got ${shown(parameters)}: pass model.parameters()`,
    )
  const list = Array.from(parameters)
  list.forEach((p, k) => {
    requireOne(who, String(k), p)
  })
  return list
}

function requireOne(who: string, label: string, p: unknown): void {
  if (!(p instanceof Tensor))
    throw new DTypeError(`${who}: expected parameter ${label} to be a Tensor, got ${noTensor(p)}`)
}

/** Whether this is a plain object, and no tensor of another copy of the package. */
export const isRecord = (x: unknown): x is object => isOptions(x) && !resemblesTensor(x)

/**
 * The parameters, in lists of their own. Throws what `requireTensors` throws, and a ValueError for
 * entries that are no [name, tensor].
 */
export function readParams(who: string, given: Params): ParamList {
  if (isRecord(given)) return readEntries(who, Object.entries(given))
  if (Array.isArray(given) && Array.isArray(given[0])) return readEntries(who, Array.from(given))
  return { params: requireTensors(who, given as readonly Tensor[]), names: null }
}

function readEntries(who: string, entries: readonly unknown[]): ParamList {
  const read = entries.map((entry, k) => {
    const [name, p] = Array.isArray(entry) && entry.length === 2 ? entry : []
    if (typeof name !== 'string')
      throw new ValueError(
        `${who}: expected [name, tensor] as entry ${k}, got ${shown(entry)}: pass ` +
          'model.namedParameters()',
      )
    requireOne(who, name, p)
    return { name, p: p as Tensor }
  })
  return { params: read.map(({ p }) => p), names: read.map(({ name }) => name) }
}

/**
 * Throws a ValueError unless there is at least one tensor and each once, a DTypeError unless they
 * are floats, a TapeError unless they are leaves that require a gradient, and no copies. `labelOf`
 * names one in messages.
 */
export function requireParameters(
  who: string,
  list: readonly Tensor[],
  labelOf: (k: number) => string,
): void {
  if (list.length === 0) throw new ValueError(`${who}: expected at least one parameter, got none`)
  const places = new Map<Tensor, number>()
  list.forEach((p, k) => {
    const parameter = `parameter ${labelOf(k)} ${show(p.shape)}`
    if (!isFloat(p.dtype))
      throw new DTypeError(
        `${who}: expected ${parameter} to be float32 or float64, got ${p.dtype}: make it with ` +
          "{ dtype: 'float32', requiresGrad: true }",
      )
    if (!p.requiresGrad)
      throw new TapeError(
        `${who}: expected ${parameter} to require a gradient: make it with { requiresGrad: true }`,
      )
    if (!p.isLeaf)
      throw new TapeError(
        `${who}: expected ${parameter} to be a leaf, got the result of an op: optimise what it ` +
          'is computed from',
      )
    requireChangeable(`${who}: ${parameter}`, p)
    const first = places.get(p)
    if (first !== undefined)
      throw new ValueError(
        `${who}: expected each parameter once, got parameter ${labelOf(first)} again as ` +
          parameter,
      )
    places.set(p, k)
  })
}
