// The oracles' sequences: one cell over a batch in one direction, and stacks of these in layers and
// directions, forward and backward through time. It imports nothing from the package.
import { type Cube, type Matrix, type Nested, type Row, zeros, zip } from './arrays.ts'
import type { Cell, Parameters, State } from './cell.ts'

/** By the state's names: (N, ·). */
export type States = Record<string, Matrix>
/** By the state's names: (N, T, ·). */
export type Sequences = Record<string, Cube>

/** What a direction multiplies by; in evaluation a zoneout mask is full of its probability. */
export interface Masks {
  /** Recurrent dropout (Gal & Ghahramani 2016): (N, size of h), the same at all steps. */
  recurrentDropout?: Matrix
  /**
   * Zoneout (Krueger et al. 2017): of each state (N, T, ·), by the step that reads x_t. With s̃ the
   * cell's state after: s_t = m ⊙ s_{t−1} + (1 − m) ⊙ s̃.
   */
  zoneout?: Sequences
  /** Weight drop (Merity et al. 2018): of weight_hh's shape. */
  weightDrop?: Matrix
}

export interface UnrollOptions extends Masks {
  /** Steps of each sequence; all T where they are left out. */
  lengths?: readonly number[]
  /** From each sequence's last step to its first. */
  reverse?: boolean
}

/**
 * x (N, T, D) and the first states (N, ·) → every state after every step (zeros in the padding),
 * and the last states. `backward` takes cotangents of both (those that are left out are 0).
 */
export function unroll<Saved>(
  cell: Cell<Saved>,
  parameters: Parameters,
  x: Cube,
  first: States,
  options: UnrollOptions = {},
) {
  const { lengths, reverse = false, recurrentDropout, zoneout = {}, weightDrop } = options
  const dropped = (all: Parameters): Parameters =>
    weightDrop === undefined
      ? all
      : { ...all, weight_hh: zip((w, m) => w * m, all.weight_hh as Matrix, weightDrop) }
  const p = dropped(parameters)
  const stepsOf = (n: number): number[] => {
    const steps = Array.from({ length: lengths?.[n] ?? x[n].length }, (_, t) => t)
    return reverse ? steps.reverse() : steps
  }
  /** For each state its part of the row that zoneout keeps, at step t of sequence n. */
  const kept = (name: string, n: number, t: number): Row | undefined => zoneout[name]?.[n][t]

  const outputs: Sequences = Object.fromEntries(
    cell.states.map((name) => [name, x.map((xs, n) => xs.map(() => zeros(first[name][n])))]),
  )
  const saved: Saved[][] = x.map(() => [])
  const last = transpose(
    cell.states,
    x.map((xs, n) => {
      let state = rowsOf(first, n)
      for (const t of stepsOf(n)) {
        const step = cell.forward(p, xs[t], state, recurrentDropout?.[n])
        saved[n][t] = step.saved
        const before = state
        state = mapState(step.state, (after, name) => {
          const m = kept(name, n, t)
          return m ? after.map((v, j) => m[j] * before[name][j] + (1 - m[j]) * v) : after
        })
        for (const name of cell.states) outputs[name][n][t] = state[name]
      }
      return state
    }),
  )

  /**
   * The gradients of Σ dOutputs ⊙ outputs + Σ dLast ⊙ last:
   * s̃ gets (1 − m) ⊙ ds, and the state before m ⊙ ds beside what comes through the cell.
   */
  function backward(dOutputs: Sequences, dLast: States = {}) {
    const dx: Cube = zeros(x)
    const dp: Parameters = mapValues(parameters, (values) => zeros(values as Nested) as Matrix)
    const dFirst = x.map((_, n) => {
      let ds: State = mapState(rowsOf(first, n), (row, name) => dLast[name]?.[n] ?? zeros(row))
      for (const t of stepsOf(n).reverse()) {
        ds = mapState(ds, (d, name) => d.map((v, j) => v + (dOutputs[name]?.[n][t][j] ?? 0)))
        const through = mapState(ds, (d, name) => {
          const m = kept(name, n, t)
          return m ? d.map((v, j) => (1 - m[j]) * v) : d
        })
        const step = cell.backward(p, saved[n][t], through)
        dx[n][t] = step.dx
        for (const [name, gradient] of Object.entries(dropped(step.dp)))
          dp[name] = zip((a, b) => a + b, dp[name] as Matrix, gradient as Matrix)
        ds = mapState(step.dState, (d, name) => {
          const m = kept(name, n, t)
          return m ? d.map((v, j) => v + m[j] * ds[name][j]) : d
        })
      }
      return ds
    })
    return { dx, dFirst: transpose(cell.states, dFirst), dp }
  }
  return { outputs, last, backward }
}

export interface StackOptions {
  numLayers?: number
  bidirectional?: boolean
  lengths?: readonly number[]
  /** Of each direction of each layer, in the order of the first states. */
  masks?: readonly Masks[]
}

/**
 * x (N, T, D), the first states (L, N, ·), L = layers·directions, parameters by PyTorch's names
 * (`weight_ih_l0`, `weight_ih_l0_reverse`, …) → output (N, T, size of h · directions), the last
 * states (L, N, ·), and those after every step (L, N, T, ·). `backward` takes cotangents of them.
 */
export function stacked<Saved>(
  cell: Cell<Saved>,
  parameters: Parameters,
  x: Cube,
  first: Record<string, Cube>,
  { numLayers = 1, bidirectional = false, lengths, masks = [] }: StackOptions = {},
) {
  const passes: { suffix: string; pass: ReturnType<typeof unroll> }[][] = []
  let input = x
  let L = 0
  for (let layer = 0; layer < numLayers; layer++) {
    const suffixes = bidirectional ? [`_l${layer}`, `_l${layer}_reverse`] : [`_l${layer}`]
    const directions = suffixes.map((suffix) => {
      const own = Object.fromEntries(
        Object.entries(parameters).flatMap(([name, values]) =>
          name.endsWith(suffix) ? [[name.slice(0, -suffix.length), values]] : [],
        ),
      )
      const states = mapValues(first, (all) => all[L])
      const reverse = suffix.endsWith('reverse')
      const pass = unroll(cell, own, input, states, { lengths, reverse, ...masks[L] })
      L++
      return { suffix, pass }
    })
    input = x.map((xs, n) =>
      xs.map((_, t) => directions.flatMap(({ pass }) => pass.outputs.h[n][t])),
    )
    passes.push(directions)
  }

  /** The gradients of Σ dOutput ⊙ output + Σ dLast ⊙ last + Σ dStates ⊙ states. */
  function backward(
    dOutput: Cube,
    dLast: Record<string, Cube>,
    dStates: Record<string, Cube[]> = {},
  ) {
    const dFirst: Record<string, Cube> = mapValues(first, () => [])
    const dp: Parameters = {}
    let d = dOutput
    let l = L
    for (const directions of passes.toReversed()) {
      const size = d[0][0].length / directions.length
      const gradients = directions.map(({ pass }, k) => {
        const own = d.map((ds) => ds.map((row) => row.slice(k * size, (k + 1) * size)))
        const at = l - directions.length + k
        const each = mapValues(dStates, (all) => all[at])
        return pass.backward(
          { ...each, h: each.h ? zip((v, w) => v + w, own, each.h) : own },
          mapValues(dLast, (all) => all[at]),
        )
      })
      l -= directions.length
      for (const name of cell.states)
        dFirst[name].unshift(...gradients.map((gradient) => gradient.dFirst[name]))
      gradients.forEach((gradient, k) => {
        for (const [name, values] of Object.entries(gradient.dp))
          dp[name + directions[k].suffix] = values
      })
      d = gradients.map(({ dx }) => dx).reduce((a, b) => zip((v, w) => v + w, a, b))
    }
    return { dx: d, dFirst, dp }
  }
  const all = passes.flat()
  const last = mapValues(first, (_, name) => all.map(({ pass }) => pass.last[name]))
  const states = mapValues(first, (_, name) => all.map(({ pass }) => pass.outputs[name]))
  return { output: input, last, states, backward }
}

const mapValues = <A, B>(record: Record<string, A>, f: (value: A, name: string) => B) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]))

const mapState = (state: State, f: (row: Row, name: string) => Row): State => mapValues(state, f)

const rowsOf = (states: States, n: number): State => mapValues(states, (rows) => rows[n])

/** The states of N sequences → N rows by each name. */
const transpose = (names: readonly string[], states: State[]): States =>
  Object.fromEntries(names.map((name) => [name, states.map((state) => state[name])]))
