// What the tests of the oracles share: a random problem for a cell, and its gradients by hand and by
// differences.
import { disagreements } from '../../../support/numbers.ts'
import type { Cube, Matrix, Nested } from './arrays.ts'
import type { Cell, Parameters } from './cell.ts'
import { differences, drawing } from './differences.ts'
import { type Masks, type Sequences, type States, type UnrollOptions, unroll } from './unroll.ts'

export interface Sizes {
  N: number
  T: number
  D: number
  seed: number
}

/** Which masks are drawn, and whether sequences have lengths of their own. */
export interface Around {
  recurrentDropout: boolean
  zoneout: boolean
  weightDrop: boolean
  lengths: boolean
  reverse: boolean
}

/** The shapes of the parameters, and the lengths of the states. */
export interface Shapes {
  parameters: Record<string, readonly number[]>
  states: Record<string, number>
}

const sum = (a: Nested, b: Nested): number =>
  typeof a === 'number'
    ? a * (b as number)
    : a.reduce<number>((s, v, k) => s + sum(v, (b as Nested[])[k]), 0)

/** Where the gradients by hand are not those by differences, in words. */
export function wrongGradients<S>(
  cell: Cell<S>,
  shapes: Shapes,
  { N, T, D, seed }: Sizes,
  around: Around,
): string[] {
  const draw = drawing(seed)
  const named = <A extends Nested>(record: Record<string, readonly number[]>): Record<string, A> =>
    Object.fromEntries(Object.entries(record).map(([name, shape]) => [name, draw<A>(...shape)]))
  const states = (...shape: number[]): Record<string, readonly number[]> =>
    Object.fromEntries(
      Object.entries(shapes.states).map(([name, size]) => [name, [...shape, size]]),
    )
  const p = named(shapes.parameters) as Parameters
  const x = draw<Cube>(N, T, D)
  const first: States = named(states(N))
  const masks: Masks = {
    ...(around.recurrentDropout && { recurrentDropout: draw<Matrix>(N, shapes.states.h) }),
    ...(around.zoneout && { zoneout: named<Cube>(states(N, T)) }),
    ...(around.weightDrop && { weightDrop: draw<Matrix>(...shapes.parameters.weight_hh) }),
  }
  const lengths = around.lengths ? x.map((_, n) => 1 + ((seed + n) % T)) : undefined
  const options: UnrollOptions = { ...masks, lengths, reverse: around.reverse }
  const dOutputs: Sequences = named(states(N, T))
  const dLast: States = named(states(N))

  const loss = (): number => {
    const { outputs, last } = unroll(cell, p, x, first, options)
    return cell.states.reduce(
      (total, name) => total + sum(outputs[name], dOutputs[name]) + sum(last[name], dLast[name]),
      0,
    )
  }
  const { dx, dFirst, dp } = unroll(cell, p, x, first, options).backward(dOutputs, dLast)
  const expected = differences(loss, { x, first, p })
  const nested = (record: Record<string, unknown>): unknown[] =>
    Object.keys(record)
      .sort()
      .map((name) => record[name])
  return [
    ...disagreements(dx, expected.x, 1e-7, 'x'),
    ...disagreements(nested(dFirst), nested(expected.first), 1e-7, 'first'),
    ...Object.keys(expected.p).flatMap((name) =>
      disagreements(dp[name], expected.p[name], 1e-7, name),
    ),
  ]
}
