// The parameter groups of an optimiser: how callers give them, how it holds them, and how it shows
// them. It moves no parameter.
import { type Tensor, ValueError } from '../tensor/index.ts'
import { deepCopy, requireOptions, shown } from '../tensor/internal.ts'
import { type Definition, requireSettled } from './definition.ts'
import {
  isRecord,
  type ParamList,
  type Params,
  readParams,
  requireParameters,
} from './parameters.ts'

/** Parameters with options of their own; what is left out is as in the optimiser's options. */
export type ParamGroupInit<O> = { params: Params } & { [Name in keyof O]?: O[Name] | undefined }

/** What every group has besides its options. */
interface GroupParts {
  /** The parameters. */
  readonly params: readonly Tensor[]
  /** Their names, null where they were given without. */
  readonly paramNames: readonly string[] | null
  /** The learning rate that the group began with: a schedule sets `lr` to a multiple of it. */
  readonly initialLr: number
}

/**
 * A group of parameters that share options. Its options can be set from one step to the next; a
 * ValueError is thrown for a value that makes no sense.
 */
export type ParamGroup<O> = O & GroupParts

/** A group as its optimiser holds it. */
export interface Group<O> extends ParamList {
  /** What messages call it: the optimiser's name, and which group where there are several. */
  readonly who: string
  /** The place of its first parameter among those of all groups. */
  readonly from: number
  options: O
  initialLr: number
}

/**
 * The groups, one for parameters that are given without groups. Throws a ValueError for options
 * that make no sense, parameters or names that occur twice and names that only some have, else what
 * `readParams` and `requireParameters` throw.
 */
export function groupsOf<O extends { lr: number }>(
  definition: Definition<O, string>,
  given: Params | readonly ParamGroupInit<O>[],
  options: Partial<O>,
): Group<O>[] {
  const { name } = definition
  const allowed = Object.keys(definition.requirements) as (keyof O & string)[]
  const common = {
    ...definition.defaults,
    ...deepCopy(requireOptions(name, options as O, allowed)),
  }
  const list: unknown = Array.isArray(given) ? Array.from(given) : given
  const isGrouped = Array.isArray(list) && isRecord(list[0])
  const settled = isGrouped
    ? list.map((one, k) => {
        const who = `${name}: group ${k}`
        const { params, ...own } = requireOptions(who, one, ['params', ...allowed])
        const options = requireSettled(who, definition, { ...common, ...deepCopy(own) })
        return { who, options, ...readParams(`${who}: params`, params) }
      })
    : [
        {
          who: name,
          options: requireSettled(name, definition, common),
          ...readParams(name, list as Params),
        },
      ]
  const named = settled.find(({ names }) => names !== null)
  let from = 0
  const groups = settled.map((one): Group<O> => {
    if (named !== undefined && one.names === null && one.params.length > 0)
      throw new ValueError(
        `${one.who}: expected parameters with names as in the other groups, got a list without: ` +
          'pass entries like those of model.namedParameters()',
      )
    const names = named === undefined ? null : (one.names ?? [])
    // Frozen, because they are shown, and the places of the states go by them.
    for (const list of [one.params, names]) Object.freeze(list)
    const group = { ...one, names, from, initialLr: one.options.lr }
    from += one.params.length
    return group
  })
  const labels = groups.flatMap(({ params, names }, g) =>
    params.map((_, i) => names?.[i] ?? (isGrouped ? `${i} of group ${g}` : String(i))),
  )
  requireParameters(
    name,
    groups.flatMap(({ params }) => params),
    (k) => labels[k],
  )
  if (named !== undefined && new Set(labels).size < labels.length) {
    const twice = labels.find((label, k) => labels.indexOf(label) !== k)
    throw new ValueError(
      `${name}: expected each name once, got ${shown(twice)} twice: pass entries with names of ` +
        'your own',
    )
  }
  return groups
}

/** A group as an object whose options can be read and set. */
class ShownGroup<O extends object> {
  constructor(definition: Definition<O, string>, group: Group<O>) {
    const get = (read: () => unknown) => ({ get: read, enumerable: true })
    Object.defineProperties(this, {
      params: { value: group.params, enumerable: true },
      paramNames: { value: group.names, enumerable: true },
      initialLr: get(() => group.initialLr),
    })
    for (const name of Object.keys(definition.requirements))
      Object.defineProperty(this, name, {
        ...get(() => group.options[name as keyof O]),
        set: (value: unknown) => {
          setOption(definition, group, name, value)
        },
      })
    Object.seal(this)
  }

  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return { ...this }
  }
}

export const shownGroup = <O extends object>(
  definition: Definition<O, string>,
  group: Group<O>,
): ParamGroup<O> => new ShownGroup(definition, group) as unknown as ParamGroup<O>

/**
 * Sets one option of a group. Throws a ValueError where it makes no sense, or other moments would
 * have to be kept; the group is then unchanged.
 */
export function setOption<O extends object>(
  definition: Definition<O, string>,
  group: Group<O>,
  name: string,
  value: unknown,
): void {
  const { who, options } = group
  const next = requireSettled(who, definition, { ...options, [name]: deepCopy(value) })
  const [before, after] = [options, next].map((o) => definition.momentNames(o).join(', '))
  if (before !== after)
    throw new ValueError(
      `${who}: expected the moments to stay ${before || 'none'}, got ${name} ${shown(value)}, ` +
        `which needs ${after || 'none'}: make another optimiser`,
    )
  group.options = next
}
