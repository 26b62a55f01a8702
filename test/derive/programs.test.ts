// The printed equations of random programs over all ops give their values and gradients.

import fc from 'fast-check'
import type { Tensor } from 'tapegrad'
import { derive } from 'tapegrad/derive'
import { type Program, programs } from 'tapegrad/testing'
import { expect, test } from 'vitest'
import { runs } from '../properties/runs.ts'
import { expectEqual } from './computed.ts'
import { undefinedIn } from './undefined.ts'

function holds(program: Program, order: 1 | 2): void {
  const names = program.inputs.map((_, i) => (program.inputs.length === 1 ? 'x' : `x${i + 1}`))
  const inputs: Record<string, Tensor> = {}
  names.forEach((name, i) => {
    inputs[name] = program.inputs[i]
  })
  const run = (...xs: Tensor[]): Tensor => program.run(xs)
  const derivation = derive(run, program.inputs, { order })
  try {
    const setup = { inputs, parameters: {}, run: () => ({ y: program.run(program.inputs) }) }
    expect(undefinedIn(derivation)).toEqual([])
    expectEqual(derivation, setup, order, {}, order === 1 ? 1e-12 : 1e-10)
  } catch (error) {
    throw new Error(`${derivation}\n${(error as Error).message}`, { cause: error })
  }
}

test('values and gradients', () => {
  fc.assert(
    fc.property(programs(), (program) => holds(program, 1)),
    runs(300),
  )
})

test('second order', () => {
  fc.assert(
    fc.property(programs({ maxSteps: 6 }), (program) => holds(program, 2)),
    runs(100),
  )
})
