// The mirror's recurrent layers: a sequence step by step, every step written out, with
// masks, resets and lengths by choices between the state before a step and after it.

import { single } from './derivatives.ts'
import { cat, stack, where } from './joins.ts'
import { Layer, parameter, zeros } from './layers.ts'
import type { Shape } from './places.ts'
import { type CellOptions, gru, type Kind, lstm, rnn, type State } from './steps.ts'
import { created, type Mirror } from './tensor.ts'

const mapped = (state: State, f: (t: Mirror, name: string) => Mirror): State =>
  Object.fromEntries(Object.entries(state).map(([name, t]) => [name, f(t, name)]))

interface LayerOptions extends CellOptions {
  numLayers?: number
  bidirectional?: boolean
  batchFirst?: boolean
  learnState?: boolean
  zoneout?: number | Readonly<Record<string, number>>
}

interface CallOptions {
  lengths?: readonly number[]
  mask?: Mirror
  resets?: Mirror
  every?: boolean
}

/** A batch, and what a call says of its steps: whether step t of sequence n is there, run, first. */
interface Batch {
  readonly N: number
  readonly T: number
  isWithin(n: number, t: number): boolean
  isRun(n: number, t: number): boolean
  isReset(n: number, t: number): boolean
}

/** A layer in one direction, and the names of its parameters without its suffix. */
interface Pass {
  readonly suffix: string
  readonly names: readonly string[]
  readonly backwards: boolean
}

class Recurrent extends Layer {
  readonly #kind: Kind
  readonly #passes: Pass[] = []
  readonly #directions: number
  readonly #options: LayerOptions
  #shares: Readonly<Record<string, number>> = {}

  constructor(kind: Kind, D: number, options: LayerOptions) {
    super()
    this.#kind = kind
    this.#options = options
    const { numLayers = 1, bidirectional = false, learnState = false } = options
    this.#directions = bidirectional ? 2 : 1
    for (let layer = 0; layer < numLayers; layer++)
      for (const suffix of bidirectional ? [`l${layer}`, `l${layer}_reverse`] : [`l${layer}`]) {
        const width = layer === 0 ? D : (kind.states.h as number) * this.#directions
        const shapes = kind.parameters(width)
        const firsts = Object.entries(learnState ? kind.states : {})
        for (const [name, shape] of [
          ...Object.entries(shapes),
          ...firsts.map(([name, size]) => [`first_${name}`, [size]] as const),
        ])
          Object.assign(this, { [`${name}_${suffix}`]: parameter(...shape) })
        const names = Object.keys(shapes)
        this.#passes.push({ suffix, names, backwards: suffix.endsWith('reverse') })
      }
  }

  /** Zoneout by its shares; in training it is not mirrored. */
  eval(): this {
    const { zoneout = 0 } = this.#options
    this.#shares = Object.fromEntries(
      Object.keys(this.#kind.states).map((name) => [
        name,
        typeof zoneout === 'number' ? zoneout : (zoneout[name] ?? 0),
      ]),
    )
    return this
  }

  /** One op, as far as consuming goes; its pieces are cut from what it gives in a row. */
  forward(x: Mirror, second?: State | CallOptions, third: CallOptions = {}) {
    const isState = second !== undefined && 'h' in second
    const given = isState ? (second as State) : undefined
    const options = isState || second === undefined ? third : (second as CallOptions)
    const { learnState = false } = this.#options
    const [A, B] = x.shape as [number, number]
    const batch = this.#batch([A, B], options)
    const { N } = batch
    const { states } = this.#kind
    // What tapegrad does to the inputs first are ops of their own, which a walk may use up.
    const inputs: Record<string, Mirror> = { x: x.alias() }
    for (const [name, size] of Object.entries(states))
      inputs[name] = given?.[name]?.alias() ?? zeros(this.#passes.length, N, size)
    const isFresh = given === undefined || this.#resetsOf(batch)
    for (const { suffix, names } of this.#passes)
      for (const name of [
        ...names,
        ...(learnState && isFresh ? Object.keys(states).map((one) => `first_${one}`) : []),
      ])
        inputs[`${name}_${suffix}`] = (this as unknown as State)[`${name}_${suffix}`] as Mirror
    const keys = Object.keys(inputs)
    const all = single(Object.values(inputs), (values) =>
      this.#unrolled(
        Object.fromEntries(keys.map((key, i) => [key, values[i] as Mirror])),
        batch,
        given === undefined,
      ),
    )
    let at = 0
    const piece = (...shape: number[]): Mirror => {
      const size = shape.reduce((a, b) => a * b)
      at += size
      const out = all.pick(
        Array.from({ length: size }, (_, i) => at - size + i),
        shape,
        true,
      )
      Object.assign(out.storage, { piece: true, from: all.storage })
      return out
    }
    const each = (...middle: number[]): State =>
      Object.fromEntries(
        Object.entries(states).map(([name, size]) => [
          name,
          piece(this.#passes.length, ...middle, size),
        ]),
      )
    const output = piece(A, B, (states.h as number) * this.#directions)
    const state = each(N)
    return options.every ? { output, state, states: each(A, B) } : { output, state }
  }

  #batch([A, B]: [number, number], { lengths, mask, resets }: CallOptions): Batch {
    const { batchFirst = true } = this.#options
    const [N, T] = batchFirst ? [A, B] : [B, A]
    const [runs, starts] = [mask?.numbers, resets?.numbers]
    const place = (n: number, t: number): number => (batchFirst ? n * T + t : t * N + n)
    const isWithin = (n: number, t: number): boolean => t < (lengths?.[n] ?? T)
    return {
      N,
      T,
      isWithin,
      isRun: (n, t) => isWithin(n, t) && runs?.[place(n, t)] !== 0,
      isReset: (n, t) => isWithin(n, t) && starts?.[place(n, t)] === 1,
    }
  }

  #resetsOf({ N, T, isReset }: Batch): boolean {
    return Array.from({ length: N * T }, (_, i) => isReset(i % N, Math.floor(i / N))).includes(true)
  }

  #unrolled(inputs: State, batch: Batch, isFirstFresh: boolean): Mirror {
    const { batchFirst = true } = this.#options
    const [x, axis] = [inputs.x as Mirror, batchFirst ? 1 : 0]
    let steps = Array.from({ length: batch.T }, (_, t) => x.select(axis, t))
    const [finals, rows]: [State[], State[][]] = [[], []]
    for (let first = 0; first < this.#passes.length; first += this.#directions) {
      const outputs = this.#passes.slice(first, first + this.#directions).map((pass, k) => {
        const { last, all } = this.#scan(inputs, steps, pass, first + k, batch, isFirstFresh)
        finals.push(last)
        rows.push(all)
        return all
      })
      steps = steps.map((_, t) =>
        cat(
          outputs.map((all) => (all[t] as State).h as Mirror),
          1,
        ),
      )
    }
    const names = Object.keys(this.#kind.states)
    const ofAll = (name: string): Mirror =>
      stack(
        rows.map((all) =>
          stack(
            all.map((state) => state[name] as Mirror),
            axis,
          ),
        ),
      )
    return cat(
      [
        stack(steps, axis),
        ...names.map((name) => stack(finals.map((last) => last[name] as Mirror))),
        ...names.map(ofAll),
      ].map((part) => part.flatten()),
    )
  }

  /** One layer in one direction: its last state, and the state after every step, 0 in the padding. */
  #scan(
    inputs: State,
    steps: readonly Mirror[],
    { suffix, names, backwards }: Pass,
    place: number,
    { N, T, isWithin, isRun, isReset }: Batch,
    isFirstFresh: boolean,
  ): { last: State; all: State[] } {
    const { states, step } = this.#kind
    const p = Object.fromEntries(names.map((name) => [name, inputs[`${name}_${suffix}`]]))
    const fresh: State = Object.fromEntries(
      Object.entries(states).map(([name, size]) => [
        name,
        inputs[`first_${name}_${suffix}`]?.broadcastTo([N, size]) ?? zeros(N, size),
      ]),
    )
    const chosen = (is: (n: number) => boolean, a: State, b: State): State =>
      mapped(b, (t, name) => where(flags(t.shape, is), a[name] as Mirror, t))
    const given = mapped(fresh, (_, name) => (inputs[name] as Mirror).select(0, place))
    let state = isFirstFresh ? fresh : given
    const all: State[] = []
    for (let i = 0; i < T; i++) {
      const t = backwards ? T - 1 - i : i
      // Nothing flows between a step with a reset and the one before it.
      state = chosen((n) => isReset(n, backwards ? t + 1 : t), fresh, state)
      const before = state
      const next = step(p, steps[t] as Mirror, before)
      const held = mapped(next, (after, name) => {
        const share = this.#shares[name] ?? 0
        const old = before[name] as Mirror
        return share === 0 ? after : old.mul(share).add(after.mul(1 - share))
      })
      state = chosen((n) => isRun(n, t), held, before)
      all[t] = chosen(
        (n) => isWithin(n, t),
        state,
        mapped(state, (one) => one.zeros()),
      )
    }
    return { last: state, all }
  }
}

/** 1 in the rows for which it holds, else 0. */
const flags = (shape: Shape, is: (n: number) => boolean): Mirror =>
  created(
    Array.from({ length: (shape[0] as number) * (shape[1] as number) }, (_, i) =>
      Number(is(Math.floor(i / (shape[1] as number)))),
    ),
    shape,
  )

export class RNN extends Recurrent {
  constructor(D: number, H: number, options: LayerOptions) {
    super(rnn(H, options), D, options)
  }
}
export class GRU extends Recurrent {
  constructor(D: number, H: number, options: LayerOptions) {
    super(gru(H, options), D, options)
  }
}
export class LSTM extends Recurrent {
  constructor(D: number, H: number, options: LayerOptions) {
    super(lstm(H, options), D, options)
  }
}
