// One row for every op: how to call it, what it gives for known numbers, and its definition on
// scalars. registry.test.ts holds the ops to it; it tests nothing itself.

import { arithmeticRows } from './rows/arithmetic.ts'
import { elementwiseRows } from './rows/elementwise.ts'
import { reduceRows } from './rows/reduce.ts'
import type { OpName, Row } from './rows/row.ts'
import { shapeRows } from './rows/shape.ts'

/** An op without a row, or a row without an op, does not compile. */
const registry = { ...elementwiseRows, ...arithmeticRows, ...reduceRows, ...shapeRows } satisfies {
  [name in OpName]: Row
}

export const rows = Object.entries(registry) as [OpName, Row][]
