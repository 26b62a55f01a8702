// Ops that are linear in an argument: their derivative forgets the point, and is their transpose.

import fc from 'fast-check'
import { cat, jvp, type Tensor, vjp } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { anyShape, Case, type Cases, type Plain, plain, toTensor } from '../support/cases.ts'
import { weightsLike } from '../support/derivatives.ts'
import { expectClose } from '../support/numbers.ts'
import { numbersOf } from '../support/tensors.ts'
import { rows } from '../tensor/ops/registry.ts'
import { dot } from './numbers.ts'
import { runs } from './runs.ts'

/** Several results as one vector. */
const joined = (outputs: readonly Tensor[]): Tensor =>
  outputs.length === 1 ? (outputs[0] as Tensor) : cat(outputs.map((y) => y.flatten()))

/** Calls of an op as a function of input `which` alone. */
const inArgument =
  (cases: Cases, which: number): Cases =>
  (shapes) =>
    cases(shapes).map((c) => {
      const others = c.inputs.map((input) => toTensor(input))
      return new Case(`${c.call} by input ${which}`, [c.inputs[which] as Plain], (x) =>
        joined(c.run(others.with(which, x))),
      )
    })

const byName = new Map<string, Cases>(rows.map(([name, row]) => [name, row.cases]))
const rowOf = (name: string): Cases => byName.get(name) ?? expect.fail(`no row ${name}`)
const chosen: Cases = (shapes) =>
  shapes
    .chain((shape) => fc.tuple(plain(shape), plain(shape), plain(shape)))
    .map(
      ([condition, a, b]) =>
        new Case(`where([${condition.values}] > 0)`, [a, b], (x, y) =>
          x.where(toTensor(condition).gt(0), y),
        ),
    )

const moving = (
  't transpose permute reshape flatten squeeze unsqueeze broadcastTo slice select chunk flip ' +
  'indexSelect gather to clone cat stack'
).split(' ')
const linear: [string, Cases][] = [
  ...['sum', 'mean', 'add', 'sub', 'neg', ...moving].map((name): [string, Cases] => [
    name,
    rowOf(name),
  ]),
  ['matmul, left', inArgument(rowOf('matmul'), 0)],
  ['matmul, right', inArgument(rowOf('matmul'), 1)],
  ['mul, left', inArgument(rowOf('mul'), 0)],
  ['mul, right', inArgument(rowOf('mul'), 1)],
  ['div, left', inArgument(rowOf('div'), 0)],
  ['where', chosen],
]

describe('linear ops', () => {
  it.each(linear)('%s: its derivative forgets the point, and ⟨u, Av⟩ = ⟨Aᵀu, v⟩', (_, cases) => {
    fc.assert(
      fc.property(cases(anyShape), (c) => {
        const A = (...xs: Tensor[]): Tensor => joined(c.run(xs))
        const xs = c.inputs.map((input) => toTensor(input))
        const vs = xs.map((x, i) => weightsLike(x, 7 + i))
        const { value, pullback } = vjp(A, xs)
        const u = weightsLike(value, 3)
        const transposed = pullback(u)
        for (const [i, g] of vjp(A, vs).pullback(u).entries())
          expect(numbersOf(g), 'elsewhere').toEqual(numbersOf(transposed[i] as Tensor))
        const Av = A(...vs)
        expectClose(numbersOf(jvp(A, xs, vs).tangent), numbersOf(Av), 1e-12, 'Av by jvp')
        const right = transposed.reduce((sum, g, i) => sum + dot(g, vs[i] as Tensor), 0)
        expectClose([dot(u, Av)], [right], 1e-12, '⟨u, Av⟩')
      }),
      runs(200),
    )
  })
})
