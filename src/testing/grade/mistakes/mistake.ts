// A mistake that people make in a backward pass: in words, and as the pieces that it changes.
import type { Pieces } from '../pieces.ts'
import type { Form } from '../problem.ts'

export interface Mistake {
  /** In a few words. */
  readonly name: string
  /** What the function does, and what it should do. */
  readonly says: string
  /** Where it can be made: everywhere by default. */
  readonly where?: Partial<Form>
  readonly pieces: Partial<Pieces>
}

/** Whether the mistake can be made in this function. */
export const canBeMadeIn = ({ cell, layout, sequence }: Form, { where = {} }: Mistake): boolean =>
  (where.cell ?? cell) === cell &&
  (where.layout ?? layout) === layout &&
  (where.sequence ?? sequence) === sequence
