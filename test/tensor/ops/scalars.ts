// The elementwise ops of the registry that have a definition on scalars, and how to call them.

import type { Tensor } from 'tapegrad'
import { rows } from './registry.ts'

type Definition = (x: number, y: number) => number
const elementwise = rows.flatMap(([name, { f, ulps = 0, orders }]) =>
  f === undefined ? [] : [{ name, f: f as Definition, ulps, orders }],
)
export const unary = elementwise.filter(({ f }) => f.length < 2)
export const binary = elementwise.filter(({ f }) => f.length === 2)
export const call = (name: string, x: Tensor, y?: Tensor): Tensor =>
  (x[name as 'add'] as (y?: Tensor) => Tensor).call(x, y)
