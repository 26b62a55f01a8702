// The random inputs on which a student's function is graded: sizes, numbers and weights gate by
// gate, in rows; nothing is computed from them here.
import { Generator, rand, type Shape, type Tensor, zeros } from '../../tensor/index.ts'

/** The function that is graded. */
export interface Form {
  /** What it goes back through. */
  readonly cell: 'rnn' | 'lstm'
  /** Whether an example is a column or a row. */
  readonly layout: 'columns' | 'rows'
  /** Whether it goes through a sequence, or is one step. */
  readonly sequence: boolean
}

export interface Sizes {
  /** Sequences in the batch. */
  readonly N: number
  /** Numbers in an input. */
  readonly D: number
  /** Numbers in a state. */
  readonly H: number
  /** Steps. */
  readonly T: number
  /** The largest upstream gradient. */
  readonly largest: number
}

/** One tensor for each gate. */
export type ByGate = Readonly<Record<string, Tensor>>

export const GATES = { rnn: ['z'], lstm: ['i', 'f', 'o', 'g'] } as const

/** The gates whose activation is tanh; that of the others is the sigmoid. */
export const TANH: readonly string[] = ['z', 'g']

/** A tensor for each of these gates. */
export const byGate = (gates: readonly string[], f: (gate: string) => Tensor): ByGate =>
  Object.fromEntries(gates.map((gate) => [gate, f(gate)]))

export interface Weights {
  /** (D, H) each. */
  readonly x: ByGate
  /** (H, H) each. */
  readonly h: ByGate
  /** (1, H) each. */
  readonly b: ByGate
}

export interface Problem {
  readonly form: Form
  readonly sizes: Sizes
  /** (N, T, D). */
  readonly x: Tensor
  /** The first state, (N, H). */
  readonly h0: Tensor
  /** The first memory, (N, H). */
  readonly c0: Tensor
  readonly weights: Weights
  /** The read-out of the documents' forward functions, (H, 2) and (1, 2); no gradient uses it. */
  readonly readOut: { readonly W: Tensor; readonly b: Tensor }
  /** The upstream gradient of every state, (N, T, H). */
  readonly dh: Tensor
  /** The upstream gradient of the last memory, (N, H). */
  readonly dc: Tensor
}

/**
 * Sizes that differ from each other, so that a product of the wrong shapes does not go through; a
 * sequence is tried from one step on, and with more steps than the other sizes. One batch is a
 * single example, and one has upstream gradients that nobody clips: what is right there alone is
 * told. The last sizes are equal: there even a product goes through whose matrix is transposed by
 * mistake; and upstream gradients are large.
 */
export function sizesOf({ sequence }: Form): Sizes[] {
  const T = sequence ? 3 : 1
  return [
    ...(sequence ? [1, 2, 3, 5, 9] : [1]).map((T) => ({ N: 2, D: 3, H: 4, T, largest: 1 })),
    { N: 1, D: 3, H: 4, T, largest: 1 },
    { N: 2, D: 3, H: 4, T, largest: SMALL },
    { N: 3, D: 3, H: 3, T, largest: 1000 },
  ]
}

/** Smaller than whatever gradients are clipped to. */
const SMALL = 1e-3

export const isSingle = ({ sizes }: Problem): boolean => sizes.N === 1
export const isSmall = ({ sizes }: Problem): boolean => sizes.largest === SMALL

/**
 * Numbers in (−1, 1) for every input, but for upstream gradients in (−largest, largest). As in the
 * documents, the memory of a sequence begins at zero, and the last one has no gradient of its own.
 */
export function draw(form: Form, sizes: Sizes, seed: number): Problem {
  const { N, D, H, T, largest } = sizes
  const gates: readonly string[] = GATES[form.cell]
  const generator = new Generator(seed)
  const drawn = (shape: Shape): Tensor => rand(shape, { dtype: 'float64', generator }).mul(2).sub(1)
  const memory = (): Tensor => (form.sequence ? zeros([N, H], { dtype: 'float64' }) : drawn([N, H]))
  return {
    form,
    sizes,
    x: drawn([N, T, D]),
    h0: drawn([N, H]),
    c0: memory(),
    weights: {
      x: byGate(gates, () => drawn([D, H])),
      h: byGate(gates, () => drawn([H, H])),
      b: byGate(gates, () => drawn([1, H])),
    },
    readOut: { W: drawn([H, 2]), b: drawn([1, 2]) },
    dh: drawn([N, T, H]).mul(largest),
    dc: memory().mul(largest),
  }
}
