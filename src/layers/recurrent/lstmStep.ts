// The step of an LSTM with its options, and their parameters; LSTMCell and LSTM are lstm.ts.
import { full, named, type Tensor, ValueError } from '../../tensor/index.ts'
import { affine, requireFlag, requireNumbers, requireWhole, shown } from '../../tensor/internal.ts'
import { gated, type ParameterSpec, type Parameters, type Recurrence } from './recurrence.ts'
import type { LSTMState } from './state.ts'

/** The options of an LSTM's cell. */
export interface LSTMVariant {
  /**
   * The gates see the cell state: i and f that before the step by weight_ci and weight_cf, o that
   * after it by weight_co, each (H) (Gers & Schmidhuber 2000, "Recurrent nets that time and count")
   * (false).
   */
  peepholes?: boolean | undefined
  /**
   * The size P of h, which is then (o ⊙ tanh(c′))·weight_hrᵀ, weight_hr (P, H) (Sak, Senior &
   * Beaufays 2014, "Long short-term memory recurrent neural network architectures for large scale
   * acoustic modeling"), less than H; H when left out, without a product.
   */
  projSize?: number | undefined
  /**
   * Normalises both products, before the biases, and c′ before its tanh, over each row, with gains
   * weight_ln_ih and weight_ln_hh (4H), weight_ln_c (H) and bias_ln_c (H) (Ba, Kiros & Hinton 2016,
   * "Layer normalization") (false).
   */
  layerNorm?: boolean | undefined
  /**
   * i = 1 − f: three gates f, g, o, weights (3H, …) (Greff et al. 2017, "LSTM: a search space
   * odyssey") (false).
   */
  coupledGates?: boolean | undefined
  /** c′ is kept within [−cellClip, cellClip]. */
  cellClip?: number | undefined
  /** The first value of bias_ih in the forget gate; bias_hh begins with 0 there. */
  forgetBias?: number | undefined
}

export const LSTM_VARIANT = [
  'peepholes',
  'projSize',
  'layerNorm',
  'coupledGates',
  'cellClip',
  'forgetBias',
] as const

/** What is added to the variance of a row before its root. */
const EPSILON = 1e-5

/** γ ⊙ (z − mean) / √(variance + ε) + β, over each row of z; `of` names what is between. */
function normalised(z: Tensor, gain: Tensor, bias: Tensor | null, of: string): Tensor {
  const centred = named(`u_${of}`, z.sub(z.mean(1, true)))
  const deviation = named(`d_${of}`, centred.square().mean(1, true).add(EPSILON).sqrt())
  const scaled = named(`n_${of}`, centred.div(deviation)).mul(gain)
  return bias === null ? scaled : scaled.add(bias)
}

const product = (
  x: Tensor,
  weight: Tensor,
  gain: Tensor | undefined,
  bias: Tensor | null,
  of: string,
): Tensor =>
  gain === undefined
    ? affine(x, weight, bias)
    : normalised(named(`p_${of}`, affine(x, weight, null)), gain, bias, of)

/** A gate with its peephole, where it has one. */
const gate = (z: Tensor, c: Tensor, peephole: Tensor | undefined): Tensor =>
  (peephole === undefined ? z : z.add(c.mul(peephole))).sigmoid()

/**
 * With z = (i, f, g, o): c′ = σ(f) ⊙ c + σ(i) ⊙ tanh(g) and h′ = σ(o) ⊙ tanh(c′) (Hochreiter &
 * Schmidhuber 1997, "Long short-term memory"; forget gate: Gers, Schmidhuber & Cummins 2000,
 * "Learning to forget"). Parameters that are there say which options apply.
 */
const stepWith =
  (coupled: boolean, clip: number) =>
  (p: Parameters, x: Tensor, { c }: LSTMState, hidden: Tensor): LSTMState => {
    const z = product(x, p.weight_ih, p.weight_ln_ih, p.bias_ih, 'ih').add(
      product(hidden, p.weight_hh, p.weight_ln_hh, p.bias_hh, 'hh'),
    )
    // Packed gates have a name where their rows are summed; else each has its own.
    if (p.weight_ln_ih !== undefined) named('z', z)
    const gates = z.chunk(coupled ? 3 : 4, 1)
    const [zf, zg, zo] = gates.slice(-3)
    const f = named('f', gate(zf, c, p.weight_cf))
    const i = named('i', coupled ? f.neg().add(1) : gate(gates[0], c, p.weight_ci))
    const sum = f.mul(c).add(i.mul(named('g', zg.tanh())))
    const cNext = clip === Infinity ? sum : named('u', sum).clamp(-clip, clip)
    const o = named('o', gate(zo, cNext, p.weight_co))
    const { weight_ln_c: gain, bias_ln_c = null } = p
    const seen = gain === undefined ? cNext : named('z_c', normalised(cNext, gain, bias_ln_c, 'c'))
    const m = o.mul(seen.tanh())
    const h = p.weight_hr === undefined ? m : affine(named('m', m), p.weight_hr, null)
    return { h, c: cNext }
  }

const made = new Map<string, Recurrence<LSTMState>>()

/** The recurrence of these options, the same one for equal ones. */
// @__NO_SIDE_EFFECTS__
function recurrenceOf(variant: LSTMVariant): Recurrence<LSTMState> {
  const key = JSON.stringify(LSTM_VARIANT.map((name) => variant[name] ?? null))
  const known = made.get(key)
  if (known !== undefined) return known
  const { peepholes, projSize, layerNorm, coupledGates = false, cellClip, forgetBias } = variant
  const gates = coupledGates ? 3 : 4
  const parameters = (D: number, H: number): Record<string, ParameterSpec> => {
    const P = projSize ?? H
    const vector = { shape: [H] }
    const own: Record<string, ParameterSpec> = gated(gates, D, H, P)
    if (projSize !== undefined) own.weight_hr = { shape: [P, H] }
    if (peepholes && !coupledGates) own.weight_ci = vector
    if (peepholes) Object.assign(own, { weight_cf: vector, weight_co: vector })
    if (layerNorm)
      Object.assign(own, {
        weight_ln_ih: { shape: [gates * H], value: 1 },
        weight_ln_hh: { shape: [gates * H], value: 1 },
        weight_ln_c: { ...vector, value: 1 },
        bias_ln_c: { ...vector, value: 0 },
      })
    return own
  }
  const recurrence: Recurrence<LSTMState> = {
    name: 'lstm',
    states: (H) => ({ h: projSize ?? H, c: H }),
    parameters,
    step: stepWith(coupledGates, cellClip ?? Infinity),
    ...(forgetBias === undefined
      ? {}
      : {
          begin({ bias_ih, bias_hh, weight_ih }) {
            const H = weight_ih.shape[0] / gates
            const from = coupledGates ? 0 : H
            for (const [bias, value] of [
              [bias_ih, forgetBias],
              [bias_hh, 0],
            ] as const)
              bias?.slice(0, from, from + H).assign_(full([H], value, { dtype: bias.dtype }))
          },
        }),
  }
  made.set(key, recurrence)
  return recurrence
}

/** The LSTM without options. */
export const lstm = recurrenceOf({})

/** The recurrence of an LSTM's options. Throws a ValueError for the first wrong one. */
export function chosenLSTM(who: string, options: LSTMVariant & { bias?: boolean | undefined }) {
  const { peepholes, projSize, layerNorm, coupledGates, cellClip, forgetBias, bias } = options
  for (const [name, flag] of Object.entries({ peepholes, layerNorm, coupledGates }))
    requireFlag(who, name, flag)
  if (projSize !== undefined) requireWhole(who, 'projSize', projSize, 1)
  if (cellClip !== undefined && !(typeof cellClip === 'number' && cellClip > 0))
    throw new ValueError(
      `${who}: expected cellClip to be a positive number, got ${shown(cellClip)}`,
    )
  if (forgetBias !== undefined) requireNumbers(who, { forgetBias })
  if (forgetBias !== undefined && bias === false)
    throw new ValueError(`${who}: expected biases for forgetBias, got bias false: leave one out`)
  return recurrenceOf({ peepholes, projSize, layerNorm, coupledGates, cellClip, forgetBias })
}
