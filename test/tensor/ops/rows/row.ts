// What a row of the registry holds, and the shorthand its rows are written in.

import type fc from 'fast-check'
import { type DType, type Tensor, tensor } from 'tapegrad'
import type { Readers } from '../../../../src/tensor/inspect/readers.ts'
import type { Methods } from '../../../../src/tensor/methods.ts'
import type { Cases, Shape } from '../../../support/cases.ts'
import { unfold, type Written } from '../../../support/tensors.ts'

export interface Row {
  /**
   * What it computes, and where it is differentiable: the numbers or shapes it is called with. As
   * docs/ops.md prints them.
   */
  readonly formula: string
  readonly domain: string
  /** Calls on numbers of the domain. */
  readonly cases: Cases
  /** Results worked out by hand. */
  readonly known: readonly (readonly [result: () => Tensor | Tensor[], expected: Written])[]
  /**
   * The scalar definition of an elementwise op, and by how many units in the last place a result
   * may differ from it.
   */
  readonly f?: (x: number, y: number) => number
  readonly ulps?: number
  /**
   * Up to which order its derivatives are checked: 3 for smooth ops, 2 where the second is 0
   * between kinks, 0 where the result is no real number.
   */
  readonly orders: 0 | 2 | 3
  /** The dtypes it takes besides the floats. */
  readonly dtypes: readonly DType[]
}

/** The names of all ops: a row that is missing does not compile. */
export type OpName =
  | Exclude<keyof Methods, keyof Readers | 'assign_' | 'backward' | 'registerHook'>
  | 'cat'
  | 'stack'

export const i = (data: Written): Tensor => tensor(unfold(data), { dtype: 'int32' })

export const floats = { orders: 3, dtypes: [] } as const
export const exact = { orders: 3, dtypes: ['int32'] } as const
export const kinked = { orders: 2, dtypes: ['int32'] } as const
export const compared = { orders: 0, dtypes: ['int32', 'bool'] } as const
export const moved = { orders: 3, dtypes: ['int32', 'bool'] } as const

/** Axes with something to choose from. */
export const choosing = (shapes: fc.Arbitrary<Shape>) =>
  shapes.map((shape) => shape.map((n) => Math.max(n, 1)))
