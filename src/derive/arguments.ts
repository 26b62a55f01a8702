// What callers hand to derive besides a function: inputs, names and letters, each checked.

import { Module } from '../layers/index.ts'
import { DTypeError, Tensor, ValueError } from '../tensor/index.ts'
import { isOptions, noTensor, requireOptions, shown } from '../tensor/internal.ts'

/** What is derived, and how it is named. */
export interface DeriveOptions {
  /** The passes to give; default 'both'. */
  passes?: 'forward' | 'backward' | 'both' | undefined
  /** 2 derives the gradients once more, along directions v; default 1. */
  order?: 1 | 2 | undefined
  /**
   * Names of parameters that f uses: an object, or pairs such as `model.namedParameters()`. Those
   * of a module, as in `{ linear }`, go by their paths. `weight_ih` is written W_ih.
   */
  names?: Readonly<Record<string, Given>> | Iterable<readonly [string, Given]> | undefined
  /** Letters for the axes of inputs: `{ x: 'N D' }`. The other axes get the next free ones. */
  letters?: Readonly<Record<string, string>> | undefined
}

/** What f takes: tensors, and the modules that it uses. */
export type Given = Tensor | Module
export type Inputs = readonly Given[] | Readonly<Record<string, Given>>

/** Inputs and options; a module may have options alone. */
export function argumentsOf(
  second: Inputs | DeriveOptions | undefined,
  third: DeriveOptions | undefined,
  isModule: boolean,
): [Inputs | undefined, DeriveOptions] {
  if (second !== undefined && !Array.isArray(second) && !isOptions(second)) {
    const got = (second as unknown) instanceof Tensor ? 'a Tensor' : noTensor(second)
    throw new ValueError(
      `derive: expected the inputs of f, a list or an object of tensors, got ${got}: ` +
        'put it in a list, as in derive(f, [x])',
    )
  }
  const isInputs =
    !isModule ||
    Array.isArray(second) ||
    Object.values(second ?? {}).some((value) => value instanceof Tensor)
  const options = isInputs ? third : (third ?? (second as DeriveOptions | undefined))
  const allowed = ['passes', 'order', 'names', 'letters'] as const
  return [
    isInputs ? (second as Inputs | undefined) : undefined,
    requireOptions('derive', options ?? {}, [...allowed]),
  ]
}

/** What f is called with: tensors, and modules whose parameters go by their names. */
export interface Arguments {
  readonly tensors: readonly Named[]
  readonly parameters: readonly Named[]
  /** The arguments with other tensors in place of the given ones. */
  with(tensors: readonly Tensor[]): unknown[]
}
type Named = [name: string, t: Tensor]

const entriesOf = (inputs: Inputs): [string, unknown][] => {
  if (!Array.isArray(inputs)) return Object.entries(inputs)
  const tensors = inputs.filter((one) => !(one instanceof Module))
  const modules = inputs.filter((one) => one instanceof Module)
  const before = (i: number) => modules.filter((one) => inputs.indexOf(one) < i).length
  return inputs.map((one, i) =>
    one instanceof Module
      ? [modules.length === 1 ? '' : String(modules.indexOf(one) + 1), one]
      : [tensors.length === 1 ? 'x' : `x${i + 1 - before(i)}`, one],
  )
}

/** A tensor by its name, or the parameters of a module by their paths in it; null for others. */
const namedIn = (name: string, value: unknown): Named[] | null =>
  value instanceof Tensor
    ? [[name, value]]
    : value instanceof Module
      ? value.namedParameters().map(([path, t]) => [name === '' ? path : `${name}.${path}`, t])
      : null

export function inputsOf(inputs: Inputs): Arguments {
  const entries = entriesOf(inputs)
  for (const [name, value] of entries)
    if (namedIn(name, value) === null)
      throw new DTypeError(
        `derive: expected input ${name} to be a Tensor, got ${noTensor(value)}: give f tensors, ` +
          'and the modules that it uses',
      )
  const isModule = ([, value]: readonly [string, unknown]): boolean => value instanceof Module
  const tensors = entries.filter((entry) => !isModule(entry)) as Named[]
  if (entries.length === 0)
    throw new ValueError(
      'derive: expected at least one input, got none: give f its tensors, as in derive(f, [x])',
    )
  return {
    tensors,
    parameters: entries.filter(isModule).flatMap(([name, value]) => namedIn(name, value) ?? []),
    with: (others) => {
      let next = 0
      const own = entries.map(([name, value]) => [
        name,
        value instanceof Module ? value : others[next++],
      ])
      return Array.isArray(inputs) ? own.map(([, value]) => value) : [Object.fromEntries(own)]
    },
  }
}

export function pairsOf(names: NonNullable<DeriveOptions['names']>): Named[] {
  const isIterable = typeof names === 'object' && names !== null && Symbol.iterator in names
  if (!isIterable && !isOptions(names))
    throw new ValueError(
      `derive: expected names to be an object or pairs, got ${shown(names)}: give { w } or ` +
        'model.namedParameters()',
    )
  const pairs: unknown[] = isIterable ? [...names] : Object.entries(names)
  return pairs.flatMap((pair) => {
    const [name, value]: unknown[] = Array.isArray(pair) ? pair : [pair]
    if (typeof name !== 'string')
      throw new ValueError(
        `derive: expected names to be pairs of a name and a tensor, got ${noTensor(pair)} as ` +
          "one of them: give ['w', w]",
      )
    const named = namedIn(name, value)
    if (named !== null) return named
    throw new DTypeError(
      `derive: expected names to name tensors, got ${noTensor(value)} for ${name}`,
    )
  })
}

export function lettersOf(letters: Readonly<Record<string, string>>): Record<string, string[]> {
  if (!isOptions(letters))
    throw new ValueError(
      "derive: expected letters to be an object such as { x: 'N D' }, got " +
        `${shown(letters)}: leave it out for letters of derive's choice`,
    )
  return Object.fromEntries(
    Object.entries(letters).map(([name, text]: [string, unknown]) => {
      if (typeof text !== 'string')
        throw new ValueError(
          `derive: expected the letters of ${name} as one string, got ${shown(text)}: ` +
            "give 'N D', a letter for each axis",
        )
      return [name, text.split(/[\s,]+/u).filter(Boolean)]
    }),
  )
}
