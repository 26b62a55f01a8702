// The gated recurrent unit: its step, GRUCell with parameters for one step, and GRU over sequences.
import { named, type Tensor } from '../../tensor/index.ts'
import { affine, requireFlag, shown } from '../../tensor/internal.ts'
import type { Widths } from '../types.ts'
import { Cell, type CellOptions } from './cell.ts'
import { RecurrentLayer } from './layer.ts'
import type { AnyOptions, NoMisspelt, OptionsArgument, RecurrentOptions } from './options.ts'
import { gated, type Parameters, type Recurrence } from './recurrence.ts'
import type { RNNState } from './state.ts'

/** Where the reset gate of a GRU acts. */
export interface GRUCellOptions extends CellOptions {
  /**
   * Whether r multiplies the product h·W_hnᵀ + b_hn (true), as in PyTorch and cuDNN, or h before
   * it, as in the paper, Keras 1 and ONNX's default.
   */
  resetAfter?: boolean | undefined
}
/** The options of a GRU. */
export interface GRUOptions extends RecurrentOptions, Pick<GRUCellOptions, 'resetAfter'> {}

const states = (H: number) => ({ h: H })
const parameters = (D: number, H: number) => gated(3, D, H)

/** z ⊙ h + (1 − z) ⊙ n */
const mixed = (z: Tensor, h: Tensor, n: Tensor): { h: Tensor } => ({ h: h.sub(n).mul(z).add(n) })

/** The products of h for r and z, and for n: two parts of weight_hh and bias_hh. */
function parts({ weight_hh, bias_hh }: Parameters) {
  const at = (2 * weight_hh.shape[0]) / 3
  return {
    gates: [weight_hh.slice(0, 0, at), bias_hh?.slice(0, 0, at) ?? null] as const,
    candidate: [weight_hh.slice(0, at), bias_hh?.slice(0, at) ?? null] as const,
  }
}

/** Gates r, z, n (Cho et al. 2014); the reset gate acts after the product. */
export const gru: Recurrence<RNNState> = {
  name: 'gru',
  states,
  parameters,
  step({ weight_ih, weight_hh, bias_ih, bias_hh }, x, { h }, hidden) {
    const [xr, xz, xn] = affine(x, weight_ih, bias_ih).chunk(3, 1)
    const [hr, hz, m] = affine(hidden, weight_hh, bias_hh).chunk(3, 1)
    const r = named('r', xr.add(hr).sigmoid())
    const z = named('z', xz.add(hz).sigmoid())
    return mixed(z, h, named('n', xn.add(r.mul(named('m', m))).tanh()))
  },
}

/** The same with the reset gate before the product. */
export const gruResetBefore: Recurrence<RNNState> = {
  name: 'gru',
  states,
  parameters,
  step(p, x, { h }, hidden) {
    const { gates, candidate } = parts(p)
    const [xr, xz, xn] = affine(x, p.weight_ih, p.bias_ih).chunk(3, 1)
    const [hr, hz] = affine(hidden, ...gates).chunk(2, 1)
    const r = named('r', xr.add(hr).sigmoid())
    const n = named('n', xn.add(affine(named('m', r.mul(hidden)), ...candidate)).tanh())
    return mixed(named('z', xz.add(hz).sigmoid()), h, n)
  },
}

function chosen(who: string, { resetAfter = true }: AnyOptions): Recurrence<RNNState> {
  requireFlag(who, 'resetAfter', resetAfter)
  return resetAfter ? gru : gruResetBefore
}

/**
 * One step of a gated recurrent unit (Cho et al. 2014, "Learning phrase representations using RNN
 * encoder–decoder"):
 *
 *     r = σ(x·W_irᵀ + b_ir + h·W_hrᵀ + b_hr), z likewise
 *     n = tanh(x·W_inᵀ + b_in + r ⊙ (h·W_hnᵀ + b_hn))
 *     h′ = (1 − z) ⊙ n + z ⊙ h
 *
 * With resetAfter false, n = tanh(x·W_inᵀ + b_in + (r ⊙ h)·W_hnᵀ + b_hn), as in the paper.
 *
 * x (N, D), h and h′ (N, H), weight_ih (3H, D), weight_hh (3H, H), biases (3H), gates r, z, n, all
 * drawn from U(−1/√H, 1/√H), as in PyTorch.
 *
 * Throws a ValueError for sizes that are no positive integers or unknown options, a DTypeError for
 * a dtype that is not a float's. `forward` throws a ShapeError or DTypeError naming the input that
 * does not fit, a ValueError for a state that is not `{ h }`.
 *
 * ```ts
 * const cell = new GRUCell(3, 5)
 * const { h } = cell.forward(ones([2, 3])) // from h = 0
 * h // (2, 5)
 * cell.forward(ones([2, 3]), { h })
 * ```
 */
export class GRUCell<out I extends number = number, out H extends number = number> extends Cell<
  'GRUCell',
  RNNState,
  I,
  H
> {
  constructor(inputSize: I, hiddenSize: H, options: GRUCellOptions = {}) {
    super(chosen, ['resetAfter'], inputSize, hiddenSize, options)
  }

  protected override describe(): string {
    return `GRUCell(${shown(this.inputSize)} → ${shown(this.hiddenSize)})`
  }
}

/**
 * A gated recurrent unit (Cho et al. 2014, "Learning phrase representations using RNN
 * encoder–decoder") over sequences:
 *
 *     r_t = σ(x_t·W_irᵀ + b_ir + h_{t−1}·W_hrᵀ + b_hr), z_t likewise
 *     n_t = tanh(x_t·W_inᵀ + b_in + r_t ⊙ (h_{t−1}·W_hnᵀ + b_hn))
 *     h_t = (1 − z_t) ⊙ n_t + z_t ⊙ h_{t−1}
 *
 * With resetAfter false, n_t = tanh(x_t·W_inᵀ + b_in + (r_t ⊙ h_{t−1})·W_hnᵀ + b_hn), as in the
 * paper. A layer's input is the output of the layer below, after dropout with probability `dropout`
 * in training.
 *
 * x (N, T, D) → output (N, T, H·directions); state h (numLayers·directions, N, H), ordered layer by
 * layer, forward before reverse. weight_ih_l0 (3H, D), weight_ih_l1 (3H, H·directions),
 * weight_hh_l0 (3H, H), bias_ih_l0 and bias_hh_l0 (3H), …, weight_ih_l0_reverse, …: names, shapes,
 * gate order and U(−1/√H, 1/√H) are PyTorch's.
 *
 * With a list for hiddenSize, a width H_l for each layer, output is (N, T, H_last·directions),
 * weight_ih_l1 (3H_1, H_0·directions), …, and state h a list of tensors (directions, N, H_l).
 *
 * Throws a ValueError for sizes that are no positive integers, dropout outside 0..1 or unknown
 * options, a DTypeError for a dtype that is not a float's. `forward` throws a ShapeError or
 * DTypeError naming the input that does not fit, a ValueError for a state that is not `{ h }`.
 *
 * ```ts
 * const { output, state } = new GRU(3, 5, { numLayers: 2 }).forward(ones([4, 7, 3]))
 * output // (4, 7, 5)
 * state.h // (2, 4, 5)
 * ```
 */
export class GRU<
  I extends number = number,
  const H extends Widths = number,
  const O extends OptionsArgument = OptionsArgument,
> extends RecurrentLayer<'GRU', RNNState, I, H, O> {
  constructor(inputSize: I, hiddenSize: H, ...[options = {}]: O & NoMisspelt<O>) {
    super(chosen, ['resetAfter'], inputSize, hiddenSize, options)
  }

  protected override describe(): string {
    return `GRU(${shown(this.inputSize)} → ${shown(this.hiddenSize)})`
  }
}
