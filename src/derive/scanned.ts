// One scan of a recurrent layer with its equations: the names and letters that they have in the
// layer. The recursion around them is written by sequence.ts.

import type { OneStep } from '../layers/internal.ts'
import { Generator, rand } from '../tensor/index.ts'
import { isFloat } from '../tensor/internal.ts'
import type { Equation } from './derivation.ts'
import { equationsOf } from './equations.ts'
import type { Lines } from './lines.ts'

/** The rows of an example. */
export const ROWS = 2

/** One scan with its equations. */
export interface Scanned {
  readonly step: OneStep
  /** '', or `_l0`: behind every name. */
  readonly id: string
  readonly equations: Lines
  /** The names of the input and of the gradient that this scan gives it. */
  readonly x: string
  readonly steps: Record<'forward' | 'backward', Steps>
}
export type Steps = NonNullable<Equation['steps']>

export const [RISING, FALLING] = ['t = 1 … T', 't = T … 1'] as const

/** Before, at and after a step, in the direction of the scan. */
export const places = (isReverse: boolean) =>
  isReverse
    ? { before: 't+1', carry: 't−1', first: 'T+1', last: '0', end: '1', begin: 'T' }
    : { before: 't−1', carry: 't+1', first: '0', last: 'T+1', end: 'T', begin: '1' }

/** Where a scan is, and what it has in common with the others. */
export interface Place {
  /** The axis of its input, and the letters of all. */
  readonly width: number
  readonly letters: Readonly<Record<string, readonly string[]>>
  /** The lengths of the letters of all scans so far. */
  readonly known: Readonly<Record<string, number>>
  /** The name of its input. */
  readonly x: string
  readonly isAlone: boolean
}

export function scanned(
  step: OneStep,
  { width, letters, known: lengths, x, isAlone }: Place,
): Scanned {
  const { sizes, isReverse, suffix } = step
  const id = isAlone ? '' : `_${suffix}`
  const names = Object.keys(sizes)
  const at = places(isReverse)
  const known = new Map([
    ['x', `${x}⟨t⟩`],
    ['δx', `δ${isAlone ? x : `x${id}`}⟨t⟩`],
    ['δh′', `δh${id}⟨t⟩`],
    ...names.flatMap((name): [string, string][] => [
      [name, `${name}${id}⟨${at.before}⟩`],
      [`${name}′`, `${name}${id}⟨t⟩`],
      [`δ${name}`, `δ${name}⁻${id}⟨t⟩`],
      ...(name === 'h' ? [] : [[`δ${name}′`, `δ${name}⁻${id}⟨${at.carry}⟩`] as [string, string]]),
    ]),
  ])
  const generator = new Generator(1)
  const dtype = step.parameters.map(([, , t]) => t.dtype).find(isFloat) ?? 'float64'
  const drawn = (size: number) => rand([ROWS, size], { dtype, generator })
  const equations = equationsOf({
    inputs: [['x', drawn(width)], ...names.map((name) => [name, drawn(sizes[name])] as const)],
    parameters: step.parameters.map(([name, , t]) => [name, t]),
    letters,
    lengths,
    order: 1,
    reserved: ['y', ...names.map((name) => `${name}⁻`)],
    rename: (name, isParameter) =>
      isParameter ? name + id : (known.get(name) ?? `${name}${id}⟨t⟩`),
    run: ([input, ...states]) =>
      Object.entries(
        step.run(input, Object.fromEntries(names.map((name, i) => [name, states[i]]))),
      ),
  })
  const steps = isReverse
    ? { forward: FALLING, backward: RISING }
    : { forward: RISING, backward: FALLING }
  return { step, id, equations, x, steps }
}

/** The letter of a scan's h, and its shape. */
export const stateShape = ({ equations }: Scanned, name: string): readonly string[] =>
  equations.given.find(({ from }) => from === name)?.shape ?? []

export const joinedShape = (layer: readonly Scanned[]): string[] => {
  const [n, size] = stateShape(layer[0], 'h')
  return [n, layer.length === 1 ? size : `${layer.length}${size}`]
}
