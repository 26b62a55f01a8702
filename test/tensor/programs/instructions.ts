// What the tests of programs share: rules of ops as programs see them, and a run on tensors.

import type { Tensor } from 'tapegrad'
import type { Code } from '../../../src/kernels/program.ts'
import type { Program } from '../../../src/tensor/programs/program.ts'
import type { Values } from '../../../src/tensor/programs/values.ts'

export type F = (...elements: number[]) => number
export type Rule = Parameters<Values['computed']>[0]
export const ruleOf = (form: object, name = 'op'): Rule => ({ name, form }) as unknown as Rule
export const kernelRule = (kernel: Code, f: F = Number.NaN as never): Rule =>
  ruleOf({ kernel, f: () => f }, kernel)

/** Runs a program on the rows of tensors. */
export function run(program: Program, operands: readonly Tensor[]): void {
  const code = program.kept()
  const rows = operands.map((t) => ({
    at: t.address(),
    step:
      t.size === 0
        ? 0
        : (t.shape[1] as number) * (t.dtype === 'bool' ? 1 : t.dtype === 'float32' ? 4 : 8),
    move: 0,
  }))
  code.place(rows)
  code.run((operands[0] as Tensor).shape[0] as number)
}
