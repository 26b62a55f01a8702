// What the writers of statements share: a program being written, and the choice of what comes next.

import type { Block, Draw, Operand } from './draw.ts'
import { op } from './ops.ts'
import type { Optional, Text, Variable } from './program.ts'

/** A layer: how it is made, and how it maps. */
export interface LayerForm {
  readonly make: string
  readonly parameters: readonly (readonly [name: string, shape: readonly number[]])[]
  readonly kind: 'linear' | 'embedding' | 'cell' | 'sequence'
  readonly states: readonly string[]
  /** Passes of a sequence layer. */
  readonly passes: number
  readonly width: number
  /** Whether sequences are (T, N, D). */
  readonly timeFirst?: boolean
}

/** An optimiser: its class, and the parameters of its groups; one group stands for no groups. */
export interface OptimiserForm {
  readonly make: 'SGD' | 'Adam' | 'AdamW'
  readonly groups: readonly (readonly Operand[])[]
  readonly named: boolean
}

/** A program being written, with what there is besides tensors. */
export interface Writing {
  readonly draw: Draw
  readonly without: ReadonlySet<string>
  readonly layers: { at: Variable; form: LayerForm }[]
  readonly optimisers: { at: Variable; form: OptimiserForm }[]
  /** States, and functions that take back a hook. */
  readonly loads: Text[]
}

export type Write = (block: Block, writing: Writing) => unknown

export const maybe = (draw: Draw, percent: number, optional: string): Optional | string =>
  draw.chance(percent) ? { optional } : ''

export const newest = (block: Block): Operand => block.tensors.at(-1) as Operand

export const listed = (operands: readonly Operand[]): Text =>
  operands.flatMap(({ text }, i) => (i === 0 ? text : [', ', ...text]))

/**
 * A kind of statement, null for an op: how often it is written, and the name by which it is left
 * out.
 */
export type Choice = readonly [weight: number, write: Write | null, feature: string]

export function choose(block: Block, writing: Writing, all: readonly Choice[]): void {
  const allowed = all
    .filter(([, , feature]) => !writing.without.has(feature))
    .map(([weight, write]) => [weight, write] as const)
  const write = writing.draw.weighted(allowed)
  if (write === null) op(block)
  else write(block, writing)
}
