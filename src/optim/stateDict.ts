// State dicts of optimisers: what they hold, and whether one fits the groups of an optimiser; it
// changes neither.
import { Tensor } from '../tensor/index.ts'
import { deepCopy, revived, show, shown } from '../tensor/internal.ts'
import { type Definition, nonNegative, type ParameterState, wrongOptions } from './definition.ts'
import type { Group } from './groups.ts'

/** Everything an optimiser needs to go on as if it had not stopped. */
export interface OptimizerState<O, K extends string> {
  /** Whose state it is: 'SGD', 'Adam' or 'AdamW'. */
  optimizer: string
  /** One for each group, the learning rate as it was among its options. */
  paramGroups: GroupState<O>[]
  /** One for each parameter, null while it has taken no step. */
  state: (ParameterState<K> | null)[]
}

/** The options of a group, and its parameters. */
export type GroupState<O> = O & {
  /** The learning rate that the group began with. */
  initialLr: number
  /** The places of the parameters' states in `state`. */
  params: number[]
  /** The names of the parameters, null where they were given without. */
  paramNames: string[] | null
}

/** The state dict of an older version: one group, and no names. */
export interface UngroupedState<O, K extends string> {
  /** Whose state it is: 'SGD', 'Adam' or 'AdamW'. */
  optimizer: string
  /** Every option. */
  options: O
  /** One for each parameter, null while it has taken no step. */
  state: (ParameterState<K> | null)[]
}

/** A state dict in the order of an optimiser's groups and parameters. */
export interface Fitted<O, K extends string> {
  groups: { options: O; initialLr: number }[]
  state: (ParameterState<K> | null)[]
}

/** A group of a state dict, each part read once; of callers without types they may be anything. */
interface GivenGroup<O> {
  /** What messages call its options. */
  label: string
  options: O
  initialLr: number
  params: number[]
  names: string[] | null
}

/**
 * A state dict in the order of these groups: by name where both have names, else by position. Where
 * it does not fit, everything that does not, one phrase each.
 */
export function fitted<O extends { lr: number }, K extends string>(
  definition: Definition<O, K>,
  groups: readonly Group<O>[],
  dict: OptimizerState<O, K> | UngroupedState<O, K>,
): Fitted<O, K> | string[] {
  const { optimizer, paramGroups, options, state, memory } = { ...dict } as Partial<
    OptimizerState<O, K> & UngroupedState<O, K> & { memory: unknown }
  >
  if (optimizer !== definition.name)
    return [`expected the state of ${definition.name}, got that of ${shown(optimizer)}`]
  if (state === undefined && memory !== undefined)
    return [
      'expected { optimizer, paramGroups, state }, got the oldest form: write state for memory, ' +
        'and in it moments for averages',
    ]
  if (!Array.isArray(state)) return [`state: expected one for each parameter, got ${shown(state)}`]
  const states = Array.from(state, readState)
  const given =
    paramGroups === undefined && options !== undefined
      ? ungrouped(options, states.length)
      : read(paramGroups)
  if (given === null) return [`paramGroups: expected an array of groups, got ${shown(paramGroups)}`]
  if (given.length !== groups.length)
    return [`expected ${counted(groups.length, 'group')}, got ${given.length}`]
  const wrong = given.flatMap((group) => wrongGroup(definition, group))
  if (wrong.length > 0) return wrong
  const places = given.flatMap(({ params }) => params)
  if (places.length !== states.length)
    return [
      `state: expected one for each of ${counted(places.length, 'parameter')} in paramGroups, ` +
        `got ${states.length}`,
    ]
  if (places.some((place, k) => place !== k))
    return [
      `paramGroups: expected params from 0 to ${states.length - 1} in order, got ${shown(places)}`,
    ]
  const matched = isNamed(groups) && isNamed(given) ? byName(groups, given) : byPlace(groups, given)
  const fit: Fitted<O, K> = {
    groups: given.map(({ options, initialLr }) => ({ options, initialLr })),
    state: matched.places.map((place) => (place < 0 ? null : states[place])),
  }
  const problems = [
    ...matched.problems,
    ...groups.flatMap(({ params, names, from }, g) => {
      const moments = definition.momentNames(given[g].options)
      return params.flatMap((p, i) =>
        misfitsOf(p, fit.state[from + i], moments, definition.squares).map(
          (problem) => `${names?.[i] ?? `state ${matched.places[from + i]}`}: ${problem}`,
        ),
      )
    }),
  ]
  return problems.length > 0 ? problems : fit
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
const isNamed = (groups: readonly { names: readonly string[] | null }[]): boolean =>
  groups.every(({ names }) => names !== null)

/** Getters cannot give other values after the check. Parts that are no objects stay as they are. */
function readState<K extends string>(one: ParameterState<K> | null): ParameterState<K> | null {
  if (typeof one !== 'object' || one === null) return one
  const { t, moments } = one
  const read = Object.entries({ ...moments }).map(([name, m]) => [name, revived(m)])
  return { t, moments: Object.fromEntries(read) }
}

const read = <O>(paramGroups: GroupState<O>[] | undefined): GivenGroup<O>[] | null =>
  Array.isArray(paramGroups)
    ? Array.from(paramGroups, (group, g) => {
        const { initialLr, params, paramNames, ...options } = deepCopy({ ...group })
        return {
          label: `group ${g}`,
          options: options as unknown as O,
          initialLr,
          params,
          names: paramNames,
        }
      })
    : null

const ungrouped = <O extends { lr: number }>(given: O, n: number): GivenGroup<O>[] => {
  const options = deepCopy({ ...given }) as O
  const params = Array.from({ length: n }, (_, k) => k)
  return [{ label: 'options', options, initialLr: options.lr, params, names: null }]
}

function wrongGroup<O extends object>(
  definition: Definition<O, string>,
  { label, options, initialLr, params, names }: GivenGroup<O>,
): string[] {
  const problems = wrongOptions(definition, options)
  if (problems.length === 0 && !nonNegative.holds(initialLr))
    problems.push(`expected initialLr to be ${nonNegative.expected}, got ${shown(initialLr)}`)
  if (!Array.isArray(params))
    problems.push(`expected params to be a list of places, got ${shown(params)}`)
  else if (
    names !== null &&
    !(
      Array.isArray(names) &&
      names.length === params.length &&
      names.every((name) => typeof name === 'string')
    )
  )
    problems.push(
      `expected paramNames to be null or a name for each of params, got ${shown(names)}`,
    )
  return problems.map((problem) => `${label}: ${problem}`)
}

/** For each parameter the place of its state, −1 where it has none. */
interface Matched {
  places: number[]
  problems: string[]
}

/** The groups and places of names. */
function placesOf(groups: readonly { names: readonly string[] | null }[]) {
  const all = groups.flatMap(({ names }, g) => (names ?? []).map((name) => ({ name, g })))
  return new Map(all.map(({ name, g }, place) => [name, { g, place }]))
}

function byName<O>(groups: readonly Group<O>[], given: readonly GivenGroup<O>[]): Matched {
  const [own, others] = [placesOf(groups), placesOf(given)]
  const count = given.reduce((sum, { params }) => sum + params.length, 0)
  const problems = others.size < count ? ['paramNames: expected each name once'] : []
  for (const [name, { g }] of own) {
    const other = others.get(name)
    if (other === undefined) problems.push(`${name}: missing`)
    else if (other.g !== g) problems.push(`${name}: expected in group ${g}, got in ${other.g}`)
  }
  for (const name of others.keys()) if (!own.has(name)) problems.push(`${name}: unexpected`)
  return { places: [...own.keys()].map((name) => others.get(name)?.place ?? -1), problems }
}

function byPlace<O>(groups: readonly Group<O>[], given: readonly GivenGroup<O>[]): Matched {
  const problems = groups.flatMap(({ params: { length } }, g) =>
    length === given[g].params.length
      ? []
      : [
          `${groups.length === 1 ? 'state' : `group ${g}`}: expected one for each of ` +
            `${counted(length, 'parameter')}, got ${given[g].params.length}`,
        ],
  )
  // Places are compared where the counts fit; else the counts are the problem.
  const places = groups
    .flatMap(({ params }) => params)
    .map((_, k) => (problems.length > 0 ? -1 : k))
  return { places, problems }
}

/** Everything in the state of one parameter that does not fit it, one phrase each. */
function misfitsOf<K extends string>(
  p: Tensor,
  state: ParameterState<K> | null,
  names: readonly K[],
  squares: readonly K[],
): string[] {
  if (state === null) return []
  if (typeof state !== 'object') return [`expected null or { t, moments }, got ${shown(state)}`]
  const { t, moments } = state
  const unknown = Object.keys(moments).filter((name) => !names.includes(name as K))
  return [
    ...(Number.isInteger(t) && t >= 0
      ? []
      : [`expected t to be a count of steps, got ${shown(t)}`]),
    ...names.flatMap((name) => {
      const [expected, got] = [p, moments[name]].map((x) =>
        x instanceof Tensor ? `${show(x.shape)} ${x.dtype}` : shown(x),
      )
      if (expected !== got) return [`expected ${name} to be ${expected}, got ${got}`]
      const negative = squares.includes(name) ? moments[name].elements().find((x) => x < 0) : null
      return negative == null ? [] : [`expected ${name} to be ≥ 0 everywhere, got ${negative}`]
    }),
    ...unknown.map((name) => `expected moments ${names.join(', ') || 'none'}, got ${name}`),
  ]
}
