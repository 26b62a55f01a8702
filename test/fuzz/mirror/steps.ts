// The steps of the mirror's recurrent layers, as their papers have them, and the parameters that each
// takes. How steps follow each other is recurrent.ts.

import { affine } from './joins.ts'
import type { Shape } from './places.ts'
import type { Mirror } from './tensor.ts'

export type State = Record<string, Mirror>
export type Parameters = Readonly<Record<string, Mirror | undefined>>

/** What a cell and a layer may be told when they are made. */
export interface CellOptions {
  bias?: boolean
  nonlinearity?: 'tanh' | 'relu'
  resetAfter?: boolean
  peepholes?: boolean
  coupledGates?: boolean
  layerNorm?: boolean
  cellClip?: number
}

/** A recurrence of H units. */
export interface Kind {
  /** The sizes of its states, h first. */
  readonly states: Readonly<Record<string, number>>
  /** The shapes of its parameters for an input of width D, in tapegrad's order. */
  parameters(D: number): Readonly<Record<string, Shape>>
  step(p: Parameters, x: Mirror, state: State): State
}

const of = (p: Parameters, name: string): Mirror => p[name] as Mirror

const basic = (gates: number, D: number, H: number, bias: boolean) => ({
  weight_ih: [gates * H, D],
  weight_hh: [gates * H, H],
  ...(bias && { bias_ih: [gates * H], bias_hh: [gates * H] }),
})

export const rnn = (H: number, { bias = true, nonlinearity = 'tanh' }: CellOptions): Kind => ({
  states: { h: H },
  parameters: (D) => basic(1, D, H, bias),
  step: (p, x, { h }) => {
    const z = affine(x, of(p, 'weight_ih'), p.bias_ih ?? null).add(
      affine(h as Mirror, of(p, 'weight_hh'), p.bias_hh ?? null),
    )
    return { h: z[nonlinearity]() }
  },
})

export const gru = (H: number, { bias = true, resetAfter = true }: CellOptions): Kind => ({
  states: { h: H },
  parameters: (D) => basic(3, D, H, bias),
  step: (p, x, state) => {
    const h = state.h as Mirror
    const thirds = (t: Mirror, axis: number) => t.chunk(3, axis) as [Mirror, Mirror, Mirror]
    // Before x is read: with the reset before the product tapegrad records these first, and then
    // may have recycled x.
    const [wr, wz, wn] = thirds(of(p, 'weight_hh'), 0)
    const [br, bz, bn] = p.bias_hh === undefined ? [null, null, null] : thirds(p.bias_hh, 0)
    const [xr, xz, xn] = thirds(affine(x, of(p, 'weight_ih'), p.bias_ih ?? null), 1)
    const r = xr.add(affine(h, wr, br)).sigmoid()
    const z = xz.add(affine(h, wz, bz)).sigmoid()
    const n = xn.add(resetAfter ? r.mul(affine(h, wn, bn)) : affine(r.mul(h), wn, bn)).tanh()
    return { h: z.mul(h).add(z.neg().add(1).mul(n)) }
  },
})

const normalised = (z: Mirror, gain: Mirror, bias: Mirror | undefined): Mirror => {
  const centred = z.sub(z.mean(1, true))
  const scaled = centred.div(centred.square().mean(1, true).add(1e-5).sqrt()).mul(gain)
  return bias === undefined ? scaled : scaled.add(bias)
}

export function lstm(H: number, options: CellOptions): Kind {
  const { bias = true, peepholes = false, coupledGates = false, layerNorm = false } = options
  const { cellClip } = options
  const gates = coupledGates ? 3 : 4
  const product = (p: Parameters, side: string, x: Mirror): Mirror => {
    const [weight, added] = [of(p, `weight_${side}`), p[`bias_${side}`]]
    return layerNorm
      ? normalised(affine(x, weight, null), of(p, `weight_ln_${side}`), added)
      : affine(x, weight, added ?? null)
  }
  return {
    states: { h: H, c: H },
    parameters: (D) => ({
      ...basic(gates, D, H, bias),
      ...(peepholes && !coupledGates && { weight_ci: [H] }),
      ...(peepholes && { weight_cf: [H], weight_co: [H] }),
      ...(layerNorm && {
        weight_ln_ih: [gates * H],
        weight_ln_hh: [gates * H],
        weight_ln_c: [H],
        ...(bias && { bias_ln_c: [H] }),
      }),
    }),
    step: (p, x, state) => {
      const [h, c] = [state.h as Mirror, state.c as Mirror]
      const parts = product(p, 'ih', x)
        .add(product(p, 'hh', h))
        .chunk(gates, 1)
      const [zf, zg, zo] = parts.slice(-3) as [Mirror, Mirror, Mirror]
      const gate = (z: Mirror, seen: Mirror, name: string): Mirror =>
        (peepholes ? z.add(seen.mul(of(p, name))) : z).sigmoid()
      const f = gate(zf, c, 'weight_cf')
      const i = coupledGates ? f.neg().add(1) : gate(parts[0] as Mirror, c, 'weight_ci')
      const sum = f.mul(c).add(i.mul(zg.tanh()))
      const next = cellClip === undefined ? sum : sum.maximum(-cellClip).minimum(cellClip)
      const o = gate(zo, next, 'weight_co')
      const seen = layerNorm ? normalised(next, of(p, 'weight_ln_c'), p.bias_ln_c) : next
      return { h: o.mul(seen.tanh()), c: next }
    },
  }
}
