// What callers hand to derive besides a function: inputs, names and letters, each checked.

import { DTypeError, Tensor, ValueError } from '../tensor/index.ts'
import { isOptions, noTensor, requireOptions, shown } from '../tensor/internal.ts'

/** What is derived, and how it is named. */
export interface DeriveOptions {
  /** The passes to give; default 'both'. */
  passes?: 'forward' | 'backward' | 'both' | undefined
  /** 2 derives the gradients once more, along directions v; default 1. */
  order?: 1 | 2 | undefined
  /**
   * Names of parameters that f uses: an object, or pairs such as `model.namedParameters()`.
   * `weight_ih` is written W_ih.
   */
  names?: Readonly<Record<string, Tensor>> | Iterable<readonly [string, Tensor]> | undefined
  /** Letters for the axes of inputs: `{ x: 'N D' }`. The other axes get the next free ones. */
  letters?: Readonly<Record<string, string>> | undefined
}

export type Inputs = readonly Tensor[] | Readonly<Record<string, Tensor>>

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

export function inputsOf(inputs: Inputs): [string, Tensor][] {
  const list: [string, Tensor][] = Array.isArray(inputs)
    ? inputs.map((t: Tensor, i) => [inputs.length === 1 ? 'x' : `x${i + 1}`, t])
    : Object.entries(inputs)
  if (list.length === 0)
    throw new ValueError(
      'derive: expected at least one input, got none: give f its tensors, as in derive(f, [x])',
    )
  for (const [name, t] of list)
    if (!(t instanceof Tensor))
      throw new DTypeError(`derive: expected input ${name} to be a Tensor, got ${noTensor(t)}`)
  return list
}

export function pairsOf(names: NonNullable<DeriveOptions['names']>): [string, Tensor][] {
  const isIterable = typeof names === 'object' && names !== null && Symbol.iterator in names
  if (!isIterable && !isOptions(names))
    throw new ValueError(
      `derive: expected names to be an object or pairs, got ${shown(names)}: give { w } or ` +
        'model.namedParameters()',
    )
  const pairs: unknown[] = isIterable ? [...names] : Object.entries(names)
  return pairs.map((pair) => {
    const [name, t]: unknown[] = Array.isArray(pair) ? pair : [pair]
    if (typeof name !== 'string')
      throw new ValueError(
        `derive: expected names to be pairs of a name and a tensor, got ${noTensor(pair)} as ` +
          "one of them: give ['w', w]",
      )
    if (t instanceof Tensor) return [name, t]
    throw new DTypeError(`derive: expected names to name tensors, got ${noTensor(t)} for ${name}`)
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
