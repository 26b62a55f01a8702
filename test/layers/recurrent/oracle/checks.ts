// A random problem for an oracle's cell, and where its gradients by hand are not those by
// differences. It imports nothing from the package.
import { disagreements } from '../../../support/numbers.ts'
import type { Cube, Matrix, Nested } from './arrays.ts'
import type { Cell, Parameters } from './cell.ts'
import { differences, drawing } from './differences.ts'
import { type Masks, type Sequences, type States, unroll } from './unroll.ts'

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

/**
 * Of random parameters, inputs, masks and cotangents, in words. `pieces` says by which pieces of
 * its formula a step was computed, for a cell with piecewise ones.
 */
export function wrongGradients<S>(
  cell: Cell<S>,
  shapes: Shapes,
  { N, T, D, seed }: Sizes,
  around: Around,
  pieces: (saved: S) => unknown = () => '',
): string[] {
  const draw = drawing(seed)
  const named = <A extends Nested>(record: Record<string, readonly number[]>): Record<string, A> =>
    Object.fromEntries(Object.entries(record).map(([name, shape]) => [name, draw<A>(...shape)]))
  const states = (...shape: number[]) =>
    Object.fromEntries(cell.states.map((name) => [name, [...shape, shapes.states[name]]]))
  const p = named(shapes.parameters) as Parameters
  const x = draw<Cube>(N, T, D)
  const first: States = named(states(N))
  const masks: Masks = {
    ...(around.recurrentDropout && { recurrentDropout: draw<Matrix>(N, shapes.states.h) }),
    ...(around.zoneout && { zoneout: named<Cube>(states(N, T)) }),
    ...(around.weightDrop && { weightDrop: draw<Matrix>(...shapes.parameters.weight_hh) }),
  }
  const lengths = around.lengths ? x.map((_, n) => 1 + ((seed + n) % T)) : undefined
  const options = { ...masks, lengths, reverse: around.reverse }
  const dOutputs: Sequences = named(states(N, T))
  const dLast: States = named(states(N))

  let seen: unknown[] = []
  const watched: Cell<S> = {
    ...cell,
    forward(...step) {
      const result = cell.forward(...step)
      seen.push(pieces(result.saved))
      return result
    },
  }
  const loss = () => {
    seen = []
    const { outputs, last } = unroll(watched, p, x, first, options)
    const terms = cell.states.map(
      (name) => inner(outputs[name], dOutputs[name]) + inner(last[name], dLast[name]),
    )
    return { value: terms.reduce((a, b) => a + b), pieces: seen.join() }
  }
  const { dx, dFirst, dp } = unroll(cell, p, x, first, options).backward(dOutputs, dLast)
  const expected = differences(loss, { x, ...first, ...p }) as Record<string, Nested>
  const actual: Record<string, Nested> = { x: dx, ...dFirst, ...dp }
  return Object.keys({ ...expected, ...actual }).flatMap((name) =>
    disagreements(actual[name], expected[name], 1e-7, name),
  )
}

/** Σ a ⊙ b */
const inner = (a: Nested, b: Nested): number =>
  typeof a === 'number'
    ? a * (b as number)
    : a.reduce<number>((sum, v, k) => sum + inner(v, (b as Nested[])[k]), 0)
