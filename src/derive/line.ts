// What a derivation is made of: its lines, and what they begin from.

import type { Quantity, Term } from './term.ts'
import type { Phase } from './trace.ts'

/** One equation. */
export interface Line {
  /** The quantity on its left, as in `δz_i`. */
  readonly name: string
  /** Its right side. */
  readonly expression: string
  /** The whole equation in LaTeX. */
  readonly latex: string
  /** The shape in letters, as in ['N', 'H']. */
  readonly shape: readonly string[]
  readonly part: Phase
  /** Whether it is the gradient of a parameter. */
  readonly isOfParameter: boolean
}

/** A tensor that the equations begin from. */
export interface Given {
  readonly name: string
  readonly latex: string
  readonly shape: readonly string[]
  readonly kind: Exclude<Quantity['kind'], 'forward' | 'backward' | 'second'>
  /** Its name outside: a parameter's path. */
  readonly from: string
  /** The rows of it, where it is a part. */
  readonly rows: readonly [number, number] | null
  /** Its numbers, where f made it. */
  readonly term: Term
}

/** What is asked for: results of f, and gradients by their names. */
export interface Wanted {
  readonly given: readonly Term[]
  /** What names are written as. */
  readonly rename: Rename
  /** Names that no intermediate result may have. */
  readonly reserved: readonly string[]
  /** Letters that have a length already. */
  readonly lengths: Readonly<Record<string, number>>
  readonly outputs: readonly Term[]
  /** Each of a given tensor. */
  readonly gradients: readonly {
    readonly of: Term
    readonly term: Term
    readonly part: Phase
  }[]
}

/** How a name is written. */
export type Rename = (name: string, isParameter: boolean) => string

/** A line before it is written: of a ref, or of a gradient that was asked for. */
export interface Draft {
  readonly ref: Term | null
  readonly part: Phase
  readonly definition: Term
  readonly gradient: Wanted['gradients'][number] | null
}

/** What stands before the name of a quantity whose gradient it is. */
export const MARKS: Readonly<Record<Phase, string>> = { forward: '', backward: 'δ', second: 'ε' }
