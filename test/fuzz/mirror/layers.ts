// The mirror's layers: each a composition of its ops, sequence by step, with the parameters under
// the names that tapegrad gives them.

import { single } from './derivatives.ts'
import { affine, cat, stack, where } from './joins.ts'
import { created, Mirror, write } from './tensor.ts'

/** A layer's parameters are its own fields. */
export class Layer {
  parameters(): Mirror[] {
    return Object.values(this).filter((field) => field instanceof Mirror)
  }
  stateDict(): Record<string, Mirror> {
    const tensors = Object.entries(this).filter(([, field]) => field instanceof Mirror)
    return Object.fromEntries(
      tensors.map(([name, t]: [string, Mirror]) => [name, t.detach().clone()]),
    )
  }
  loadStateDict(state: Record<string, Mirror>): void {
    const values = Object.entries(state).map(([name, t]) => [name, t.numbers] as const)
    for (const [name, numbers] of values)
      write((this as unknown as Record<string, Mirror>)[name] as Mirror, numbers)
  }
}

const parameter = (...shape: number[]): Mirror =>
  created(new Array(shape.reduce((a, b) => a * b, 1)).fill(0), shape, true)
const zeros = (...shape: number[]): Mirror =>
  created(new Array(shape.reduce((a, b) => a * b, 1)).fill(0), shape)

export class Linear extends Layer {
  weight: Mirror
  bias: Mirror
  constructor(D: number, K: number) {
    super()
    this.weight = parameter(K, D)
    this.bias = parameter(K)
  }
  forward(x: Mirror): Mirror {
    return affine(x, this.weight, this.bias)
  }
}

export class Embedding extends Layer {
  weight: Mirror
  constructor(V: number, D: number) {
    super()
    this.weight = parameter(V, D)
  }
  forward(index: Mirror): Mirror {
    return this.weight.indexSelect(0, index)
  }
}

type State = Record<string, Mirror>
type Step = (z: Mirror, state: State) => State

const elman: Step = (z) => ({ h: z.tanh() })
const longShortTermMemory: Step = (z, { c }) => {
  const [i, f, g, o] = z.chunk(4, 1) as [Mirror, Mirror, Mirror, Mirror]
  const next = f
    .sigmoid()
    .mul(c as Mirror)
    .add(i.sigmoid().mul(g.tanh()))
  return { h: o.sigmoid().mul(next.tanh()), c: next }
}

class Cell extends Layer {
  weight_ih: Mirror
  weight_hh: Mirror
  bias_ih: Mirror
  bias_hh: Mirror
  readonly #step: Step
  readonly #names: readonly string[]
  constructor(gates: number, step: Step, names: readonly string[], D: number, H: number) {
    super()
    this.#step = step
    this.#names = names
    this.weight_ih = parameter(gates * H, D)
    this.weight_hh = parameter(gates * H, H)
    this.bias_ih = parameter(gates * H)
    this.bias_hh = parameter(gates * H)
  }
  forward(x: Mirror, given?: State): State {
    const shape = [x.shape[0] as number, this.weight_hh.shape[1] as number]
    const state = given ?? Object.fromEntries(this.#names.map((name) => [name, zeros(...shape)]))
    const z = affine(x, this.weight_ih, this.bias_ih).add(
      affine(state.h as Mirror, this.weight_hh, this.bias_hh),
    )
    return this.#step(z, state)
  }
}
export class RNNCell extends Cell {
  constructor(D: number, H: number) {
    super(1, elman, ['h'], D, H)
  }
}
export class LSTMCell extends Cell {
  constructor(D: number, H: number) {
    super(4, longShortTermMemory, ['h', 'c'], D, H)
  }
}

interface Stacking {
  numLayers?: number
  bidirectional?: boolean
}

/** Names of one pass's parameters, a layer in a direction, and which of the inputs they are. */
interface Pass {
  readonly names: readonly string[]
  readonly backwards: boolean
}

class Recurrent extends Layer {
  readonly #step: Step
  readonly #names: readonly string[]
  readonly #passes: Pass[] = []
  readonly #directions: number
  readonly #H: number
  constructor(
    gates: number,
    step: Step,
    names: readonly string[],
    D: number,
    H: number,
    { numLayers = 1, bidirectional = false }: Stacking,
  ) {
    super()
    this.#step = step
    this.#names = names
    this.#directions = bidirectional ? 2 : 1
    this.#H = H
    for (let layer = 0; layer < numLayers; layer++)
      for (const suffix of bidirectional ? [`l${layer}`, `l${layer}_reverse`] : [`l${layer}`]) {
        const width = layer === 0 ? D : H * this.#directions
        const shapes = {
          weight_ih: [gates * H, width],
          weight_hh: [gates * H, H],
          bias_ih: [gates * H],
          bias_hh: [gates * H],
        }
        const names = Object.entries(shapes).map(([name, shape]) => {
          Object.assign(this, { [`${name}_${suffix}`]: parameter(...shape) })
          return `${name}_${suffix}`
        })
        this.#passes.push({ names, backwards: suffix.endsWith('reverse') })
      }
  }

  /** One op, as far as consuming goes; its pieces are cut from what it gives in a row. */
  forward(
    x: Mirror,
    given?: State,
    { lengths }: { lengths?: readonly number[] } = {},
  ): { output: Mirror; state: State } {
    const [N, T] = x.shape as [number, number]
    const names = this.#names
    // What tapegrad does to the inputs first are ops of their own, which a walk may use up.
    const initial = names.map(
      (name) => given?.[name]?.alias() ?? zeros(this.#passes.length, N, this.#H),
    )
    const own = this.#passes.flatMap((pass) => {
      const [wi, wh, bi, bh] = pass.names.map(
        (name) => (this as unknown as Record<string, Mirror>)[name],
      ) as [Mirror, Mirror, Mirror, Mirror]
      return [wi, wh, bi.add(bh)]
    })
    const all = single([x.alias(), ...initial, ...own], ([x, ...rest]) =>
      this.#unrolled(x as Mirror, rest, lengths),
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
    const output = piece(N, T, this.#H * this.#directions)
    return {
      output,
      state: Object.fromEntries(
        names.map((name) => [name, piece(this.#passes.length, N, this.#H)]),
      ),
    }
  }

  #unrolled(x: Mirror, inputs: readonly Mirror[], lengths?: readonly number[]): Mirror {
    const names = this.#names
    const [N, T] = x.shape as [number, number]
    let steps = Array.from({ length: T }, (_, t) => x.select(1, t))
    const finals: State[] = []
    for (let first = 0; first < this.#passes.length; first += this.#directions) {
      const outputs = this.#passes
        .slice(first, first + this.#directions)
        .map(({ backwards }, k) => {
          const pass = first + k
          const [wi, wh, b] = inputs.slice(names.length + 3 * pass) as [Mirror, Mirror, Mirror]
          let state: State = Object.fromEntries(
            names.map((name, i) => [name, (inputs[i] as Mirror).select(0, pass)]),
          )
          const hs: Mirror[] = []
          for (let i = 0; i < T; i++) {
            const t = backwards ? T - 1 - i : i
            const before = state
            const after = this.#step(
              affine(steps[t] as Mirror, wi, b).add((before.h as Mirror).matmul(wh.t())),
              before,
            )
            const lasts = created(
              Array.from({ length: N * this.#H }, (_, i) =>
                Number(t < (lengths?.[Math.floor(i / this.#H)] ?? T)),
              ),
              [N, this.#H],
            )
            state = Object.fromEntries(
              names.map((name) => [
                name,
                where(lasts, after[name] as Mirror, before[name] as Mirror),
              ]),
            )
            hs[t] = (state.h as Mirror).mul(lasts)
          }
          finals.push(state)
          return hs
        })
      steps = steps.map((_, t) =>
        cat(
          outputs.map((hs) => hs[t] as Mirror),
          1,
        ),
      )
    }
    const states = names.map((name) => stack(finals.map((last) => last[name] as Mirror)))
    return cat([stack(steps, 1), ...states].map((part) => part.flatten()))
  }
}
export class RNN extends Recurrent {
  constructor(D: number, H: number, options: Stacking = {}) {
    super(1, elman, ['h'], D, H, options)
  }
}
export class LSTM extends Recurrent {
  constructor(D: number, H: number, options: Stacking = {}) {
    super(4, longShortTermMemory, ['h', 'c'], D, H, options)
  }
}
