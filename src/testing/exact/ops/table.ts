// The definition of every built-in op in the field: one that is missing does not compile.

import type { BuiltInOp } from '../../../tensor/internal.ts'
import { arithmetic } from './arithmetic.ts'
import { elementwise } from './elementwise.ts'
import { moves } from './moves.ts'
import type { Definition } from './op.ts'
import { rows } from './rows.ts'

export const definitions: Record<BuiltInOp, Definition> = {
  ...elementwise,
  ...arithmetic,
  ...rows,
  ...moves,
}
