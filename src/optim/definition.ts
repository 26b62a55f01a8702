// The definition of an optimiser: its options and their requirements, its moments and its update.
// It holds no parameters.
import { type Tensor, ValueError } from '../tensor/index.ts'
import { shown } from '../tensor/internal.ts'

/** The state of one parameter: the steps it has taken, and moments of its gradients. */
export interface ParameterState<K extends string> {
  /** Steps taken. */
  t: number
  /** By their letters in the paper, each of the parameter's shape. */
  moments: Record<K, Tensor>
}

/** An optimiser with options O, whose moments are named K. */
export interface Definition<O, K extends string> {
  /** The name in messages and state dicts. */
  readonly name: string
  /** The options that may be left out. */
  readonly defaults: Partial<O>
  /** The requirement on each option; there are no other options. */
  readonly requirements: { readonly [Name in keyof O]: Requirement }
  /** Options that meet their requirements and still exclude each other, one phrase each. */
  clashes(options: O): readonly string[]
  /** The names of the moments that are kept with these options. */
  momentNames(options: O): readonly K[]
  /** Those of them that are means of squares, never negative: the update takes their root. */
  readonly squares: readonly K[]
  /** Moves θ along its gradient g, in place; state.t counts this step already. */
  update(θ: Tensor, g: Tensor, state: ParameterState<K>, options: O): void
}

/** Options after their defaults are filled in. */
export type Settled<O> = { [Name in keyof O]-?: Exclude<O[Name], undefined> }

/** In words and as a test. */
interface Requirement {
  expected: string
  holds(value: unknown): boolean
}

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

/** The problems of these options, one phrase each: unknown names, wrong values, a clash. */
export function wrongOptions<O extends object>(
  { requirements, clashes }: Definition<O, string>,
  options: O,
): string[] {
  const names = Object.keys(requirements) as (keyof O & string)[]
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(requirements, name))
  const wrong = names.filter((name) => !requirements[name].holds(options[name]))
  return [
    ...unknown.map((name) => `unknown option '${name}': expected ${names.join(', ')}`),
    ...wrong.map(
      (name) =>
        `expected ${name} to be ${requirements[name].expected}, got ${shown(options[name])}`,
    ),
    ...(wrong.length === 0 ? clashes(options) : []),
  ]
}

/** The options; throws a ValueError for the first problem that they have. */
export function requireSettled<O extends object>(
  who: string,
  definition: Definition<O, string>,
  options: Partial<O>,
): O {
  const [problem] = wrongOptions(definition, options as O)
  if (problem !== undefined) throw new ValueError(`${who}: ${problem}`)
  return options as O
}
