// connectivity: how strongly each output of a sequence model depends on each of its inputs, by
// backward passes. Text and picture of it are text.ts and picture.ts.

import type { Tensor } from '../../tensor/index.ts'
import { Generator, grad, noGrad, rand, TapeError, tensor, ValueError } from '../../tensor/index.ts'
import { requireOptions, requireWhole, show } from '../../tensor/internal.ts'
import { heatMap } from './picture.ts'
import { type ConnectivityNorms, rootMeanSquare } from './scale.ts'
import { runSequences, type SequenceModel, type SequenceRun } from './sequences.ts'
import { textOf } from './text.ts'

/** How connectivity is measured. */
export interface ConnectivityOptions {
  /**
   * The most backward passes for one step of the output. Where it has more numbers than that, norms
   * are estimates by so many random directions; by default all are exact.
   */
  probes?: number | undefined
  /** The seed of the random directions (0). */
  seed?: number | undefined
  /** x is (N, T, D) (true) or (T, N, D); by default what the model says of itself. */
  batchFirst?: boolean | undefined
}

/** The norms ‖∂y_t/∂x_s‖ of a model over T steps, as text and as a picture. */
class Connectivity implements ConnectivityNorms {
  /**
   * `norms[t][s]` is the Frobenius norm of the Jacobian ∂y_t/∂x_s; of N sequences, the root mean
   * square of their norms.
   */
  readonly norms: readonly (readonly number[])[]
  /** `byLag[k]` is the root mean square of all norms with t − s = k. */
  readonly byLag: readonly number[]
  /** Whether no output depends on a later input: all norms with s > t are 0. */
  readonly isCausal: boolean
  /** 0 where norms are exact; the most that the relative standard error of an estimate is. */
  readonly relativeError: number
  /** How many backward passes it took. */
  readonly passes: number

  /** @internal */
  constructor(norms: readonly (readonly number[])[], relativeError: number, passes: number) {
    this.norms = norms
    this.byLag = norms.map((_, k) =>
      rootMeanSquare(norms.flatMap((row, t) => (t < k ? [] : [row[t - k]]))),
    )
    this.isCausal = norms.every((row, t) => row.every((norm, s) => s <= t || norm === 0))
    this.relativeError = relativeError
    this.passes = passes
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), {
      value: () => this.toString(),
    })
  }

  /** The matrix in digits, each the decades below the largest norm, and the norms by t − s. */
  toString(): string {
    return textOf(this)
  }

  /** The matrix as a heat map; `heatMap` draws several of them on one scale. */
  toSVG(): string {
    return heatMap({ '': this })
  }
}

export type { Connectivity }

/**
 * How strongly the output of a sequence model at every step t depends on its input at every step s:
 * the norms ‖∂y_t/∂x_s‖. Rows that fall off to the left show a vanishing gradient, rows that grow
 * an exploding one (Bengio, Simard & Frasconi 1994, "Learning long-term dependencies with gradient
 * descent is difficult"; Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent
 * neural networks").
 *
 * `model` is a module whose `forward(x)` gives y, or { output: y } as recurrent layers do, or a
 * function that does: `(x) => lstm.forward(x, { lengths })`. x (N, T, D) → y (N, T, O), floats. Its
 * forward runs once, in its mode; nothing is added into `.grad`.
 *
 * Norms are Frobenius norms of the Jacobians (O, D), exact but for the rounding of the model's
 * dtype: the largest singular value is no larger, and at least 1/√min(O, D) of it. They take one
 * backward pass for each of the T·O outputs, for all N sequences together; before that one more,
 * and N where N > 1, which see that y depends on x and no sequence on another. With `probes` K < O
 * they are estimated by T·K passes, from E‖Jᵀu‖² = ‖J‖² for random signs u (Hutchinson 1990); the
 * relative standard error of each is at most 1/√(2K), to first order. In float32 a norm below 10⁻³⁸
 * loses digits, and may be 0.
 *
 * Where s > t, the norms of a causal model are exactly 0. A bidirectional layer has others there.
 *
 * Throws a DTypeError or ShapeError for x or y that are no such tensors, a TapeError where y does
 * not depend on x, a ValueError for wrong options, and for sequences that influence each other.
 *
 * ```ts
 * const rnn = new RNN(1, 1, { bias: false })
 * rnn.loadStateDict({ weight_ih_l0: tensor([[1]]), weight_hh_l0: tensor([[0.5]]) })
 * const { norms, byLag } = connectivity(rnn, zeros([1, 3, 1])) // tanh′(0) = 1
 * norms // [[1, 0, 0], [0.5, 1, 0], [0.25, 0.5, 1]]
 * byLag // [1, 0.5, 0.25]
 * ```
 */
export function connectivity(
  model: SequenceModel,
  x: Tensor,
  options: ConnectivityOptions = {},
): Connectivity {
  const who = 'connectivity'
  const {
    probes = Infinity,
    seed = 0,
    batchFirst,
  } = requireOptions(who, options, ['probes', 'seed', 'batchFirst'])
  if (probes !== Infinity) requireWhole(who, 'probes', probes, 1)
  requireWhole(who, 'seed', seed, 0)
  const passes = new Passes(runSequences(who, model, x, batchFirst))
  const { N, T, O } = passes.run
  const generator = new Generator(seed)
  passes.requireReached(who)
  if (N > 1) passes.requireApart(who, generator)
  const isExact = O <= probes
  const K = isExact ? O : probes
  const norms = Array.from({ length: T }, (_, t) => {
    const row = Array<number>(T).fill(0)
    for (let k = 0; k < K; k++) {
      const signs = isExact ? null : signsOf(N * O, generator)
      const g = passes.pull((n, _, o) => (signs === null ? Number(o === k) : signs[n * O + o]), t)
      passes.addNorms(row, g)
    }
    const share = isExact ? N : N * K
    return row.map((norm) => norm / Math.sqrt(share))
  })
  return new Connectivity(norms, isExact ? 0 : 1 / Math.sqrt(2 * K), passes.count)
}

const signsOf = (n: number, generator: Generator): number[] =>
  Array.from(rand([n], { generator }).toTypedArray(), (r) => (r < 0.5 ? -1 : 1))

/** Backward passes through one run. */
class Passes {
  count = 0
  readonly run: SequenceRun
  readonly #seed: Float32Array | Float64Array

  constructor(run: SequenceRun) {
    this.run = run
    const { size, dtype } = run.y
    this.#seed = dtype === 'float32' ? new Float32Array(size) : new Float64Array(size)
  }

  /** The cotangent of x for that of y which is `u(n, t, o)` at step t, or at every step, else 0. */
  pull(u: (n: number, t: number, o: number) => number, t: number | null): ArrayLike<number> {
    const { x, y, N, T, O, rowOf } = this.run
    const seed = this.#seed.fill(0)
    for (let n = 0; n < N; n++)
      for (let step = t ?? 0; step < (t === null ? T : t + 1); step++)
        for (let o = 0; o < O; o++) seed[rowOf(n, step) * O + o] = u(n, step, o)
    this.count++
    return noGrad(() => {
      const gradOutputs = tensor(seed, { shape: y.shape, dtype: y.dtype })
      const gradients = { gradOutputs, retainGraph: true, allowUnused: true }
      return grad(y, x, gradients).toTypedArray()
    })
  }

  /** Adds the squares of a cotangent of x to those of the norms, step by step. */
  addNorms(norms: number[], g: ArrayLike<number>): void {
    const { N, T, D, rowOf } = this.run
    for (let s = 0; s < T; s++)
      for (let n = 0; n < N; n++) {
        const first = rowOf(n, s) * D
        // Squares of small numbers would be 0.
        for (let d = 0; d < D; d++) norms[s] = Math.hypot(norms[s], g[first + d])
      }
  }

  /** Throws a TapeError unless x is reached from y. */
  requireReached(who: string): void {
    const { x, y } = this.run
    let isReached = false
    const remove = x.registerHook(() => {
      isReached = true
    })
    this.pull(() => 1, null)
    remove()
    if (!isReached)
      throw new TapeError(
        `${who}: expected a result that depends on x, got one ${show(y.shape)} of other tensors ` +
          'alone: look for detach(), noGrad() or numbers read out of tensors',
      )
  }

  /** Throws a ValueError where a sequence depends on another: their norms could not be told. */
  requireApart(who: string, generator: Generator): void {
    const { x, N, T, D, O, rowOf } = this.run
    for (let own = 0; own < N; own++) {
      // Other weights at every step: what is taken from one and given to another would cancel.
      const u = rand([T * O], { generator }).toTypedArray()
      const g = this.pull((n, t, o) => (n === own ? u[t * O + o] : 0), null)
      for (let n = 0; n < N; n++)
        for (let k = 0; n !== own && k < T * D; k++)
          if (Math.abs(g[rowOf(n, Math.floor(k / D)) * D + (k % D)]) > 0)
            throw new ValueError(
              `${who}: expected sequences that do not influence each other, got an output of ` +
                `sequence ${own} that depends on sequence ${n} of x ${show(x.shape)}: give one ` +
                'sequence at a time',
            )
    }
  }
}
