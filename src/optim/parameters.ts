// What optimisers and clipping may be given, and how a refusal is worded; it computes nothing.
import { TapeError, Tensor, ValueError } from '../tensor/index.ts'
import { noTensor, requireChangeable, show, shown } from '../tensor/internal.ts'

/** What an option may be, in words and as a test. */
export interface Requirement {
  expected: string
  holds(value: unknown): boolean
}

/** Options after their defaults are filled in. */
export type Settled<O> = { [Name in keyof O]-?: Exclude<O[Name], undefined> }

export type Rules<O> = { readonly [Name in keyof O]: Requirement }

const isFraction = (x: unknown) => typeof x === 'number' && x >= 0 && x < 1

export const nonNegative: Requirement = {
  expected: 'a finite number ≥ 0',
  holds: (x) => typeof x === 'number' && x >= 0 && x < Number.POSITIVE_INFINITY,
}
export const finite: Requirement = { expected: 'a finite number', holds: Number.isFinite }
export const flag: Requirement = { expected: 'true or false', holds: (x) => typeof x === 'boolean' }
export const twoFractions: Requirement = {
  expected: 'two numbers in [0, 1)',
  holds: (x) => Array.isArray(x) && x.length === 2 && x.every(isFraction),
}

/**
 * What is wrong with these options, one phrase each: names without a rule, and values (missing
 * ones, too) that break theirs.
 */
export function wrongOptions<O extends object>(options: O, rules: Rules<O>): string[] {
  const names = Object.keys(rules) as (keyof O & string)[]
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(rules, name))
  return [
    ...unknown.map((name) => `unknown option '${name}': expected ${names.join(', ')}`),
    ...names.flatMap((name) =>
      rules[name].holds(options[name])
        ? []
        : [`expected ${name} to be ${rules[name].expected}, got ${shown(options[name])}`],
    ),
  ]
}

/**
 * The tensors, in an array of their own; throws a ValueError unless this is an array of tensors.
 */
export function requireTensors(who: string, parameters: readonly Tensor[]): readonly Tensor[] {
  if (!Array.isArray(parameters))
    throw new ValueError(
      `${who}: expected an array of tensors, got ${shown(parameters)}: pass model.parameters()`,
    )
  const list = Array.from(parameters)
  list.forEach((p, k) => {
    if (!(p instanceof Tensor))
      throw new ValueError(`${who}: expected parameter ${k} to be a Tensor, got ${noTensor(p)}`)
  })
  return list
}

/**
 * The tensors, in an array of their own; throws a ValueError unless there is at least one and each
 * once, a TapeError unless they are leaves that require a gradient, and no copies.
 */
export function requireParameters(who: string, parameters: readonly Tensor[]): readonly Tensor[] {
  const list = requireTensors(who, parameters)
  if (list.length === 0) throw new ValueError(`${who}: expected at least one parameter, got none`)
  const places = new Map<Tensor, number>()
  list.forEach((p, k) => {
    const parameter = `parameter ${k} ${show(p.shape)}`
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
        `${who}: expected each parameter once, got parameter ${first} again as ${parameter}`,
      )
    places.set(p, k)
  })
  return list
}
