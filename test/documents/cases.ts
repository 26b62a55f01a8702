// Random cases for the documents' functions: sizes from 1 to 6 and reals on a grid of sixteenths,
// so that a counterexample can be read.
import fc, { type Arbitrary } from 'fast-check'
import { sixteenths } from '../support/numbers.ts'
import type { Matrix, Vector, Volume } from './oracle/arrays.ts'

/** Holds a property to 200 random cases. */
export const forAll = <T>(cases: Arbitrary<T>, check: (example: T) => void, numRuns = 200): void =>
  fc.assert(
    fc.property(cases, (example) => void check(example)),
    { numRuns },
  )

const list = <T>(n: number, of: Arbitrary<T>): Arbitrary<T[]> =>
  fc.array(of, { minLength: n, maxLength: n })
export const vector = (n: number, of = sixteenths(-1, 1)): Arbitrary<Vector> => list(n, of)
export const matrix = (n: number, m: number, of = sixteenths(-1, 1)): Arbitrary<Matrix> =>
  list(n, vector(m, of))
export const volume = (
  n: number,
  m: number,
  p: number,
  of = sixteenths(-2, 2),
): Arbitrary<Volume> => list(n, matrix(m, p, of))
const indices = (n: number, m: number, below: number): Arbitrary<Matrix> =>
  matrix(n, m, fc.nat({ max: below - 1 }))

/** Sizes by name, each from 1 to largest. */
const sizes = <Name extends string>(names: Name[], largest = 6): Arbitrary<Record<Name, number>> =>
  vector(names.length, fc.integer({ min: 1, max: largest })).map(
    (n) => Object.fromEntries(names.map((name, i) => [name, n[i]])) as Record<Name, number>,
  )

/**
 * How a case is drawn: the range of the sizes and steps, of the weights, and of everything else.
 */
interface Draw {
  largest?: number
  steps?: Arbitrary<number>
  weights?: Arbitrary<number>
  values?: Arbitrary<number>
}

/**
 * D0 and D4, RNN: x (n_x, m, T_x), a0 (n_a, m), weights, and upstream gradients da (n_a, m, T_x).
 */
export const rnnColumns = ({
  largest = 6,
  steps = fc.integer({ min: 1, max: largest }),
  weights,
  values,
}: Draw = {}) =>
  fc.tuple(sizes(['n_x', 'n_a', 'n_y', 'm'], largest), steps).chain(([{ n_x, n_a, n_y, m }, T_x]) =>
    fc.record({
      x: volume(n_x, m, T_x, values),
      a0: matrix(n_a, m, values),
      parameters: fc.record({
        Wax: matrix(n_a, n_x, weights),
        Waa: matrix(n_a, n_a, weights),
        Wya: matrix(n_y, n_a, weights),
        ba: matrix(n_a, 1, weights),
        by: matrix(n_y, 1, weights),
      }),
      da: volume(n_a, m, T_x, values),
    }),
  )

/**
 * D0 and D3, LSTM: as for the RNN, with one matrix (n_a, n_a + n_x) per gate, c_prev for the cell,
 * and dc for the memory that comes last.
 */
export const lstmColumns = ({
  largest = 6,
  steps = fc.integer({ min: 1, max: largest }),
  weights,
  values,
}: Draw = {}) =>
  fc
    .tuple(sizes(['n_x', 'n_a', 'n_y', 'm'], largest), steps)
    .chain(([{ n_x, n_a, n_y, m }, T_x]) => {
      const [W, b] = [matrix(n_a, n_a + n_x, weights), matrix(n_a, 1, weights)]
      return fc.record({
        x: volume(n_x, m, T_x, values),
        a0: matrix(n_a, m, values),
        c_prev: matrix(n_a, m, values),
        parameters: fc.record({
          Wf: W,
          Wi: W,
          Wc: W,
          Wo: W,
          bf: b,
          bi: b,
          bc: b,
          bo: b,
          Wy: matrix(n_y, n_a, weights),
          by: matrix(n_y, 1, weights),
        }),
        da: volume(n_a, m, T_x, values),
        dc: matrix(n_a, m, values),
      })
    })

/**
 * D1: characters X (a null among them is the zero vector) and Y of a vocabulary of V, a0 (n_a, 1),
 * weights, and a learning rate.
 */
export const characters = (
  largest = 6,
  vocabulary: Arbitrary<number> = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(27)),
) =>
  fc.tuple(sizes(['n_a', 'T_x'], largest), vocabulary).chain(([{ n_a, T_x }, V]) =>
    fc.record({
      V: fc.constant(V),
      X: list(T_x, fc.option(fc.nat({ max: V - 1 }))),
      Y: list(T_x, fc.nat({ max: V - 1 })),
      a0: matrix(n_a, 1),
      parameters: fc.record({
        Wax: matrix(n_a, V),
        Waa: matrix(n_a, n_a),
        Wya: matrix(V, n_a),
        b: matrix(n_a, 1),
        by: matrix(V, 1),
      }),
      lr: sixteenths(0, 1),
    }),
  )

/**
 * D2, RNN (gates = 1) and LSTM (gates = 4): x (N, T, D), h0 and c0 (N, H), packed weights, upstream
 * gradients dh (N, T, H) and dc (N, H).
 */
export const recurrentRows = (gates: 1 | 4, largest = 6) =>
  sizes(['N', 'T', 'D', 'H'], largest).chain(({ N, T, D, H }) =>
    fc.record({
      x: volume(N, T, D),
      h0: matrix(N, H),
      c0: matrix(N, H),
      weights: fc.record({
        Wx: matrix(D, gates * H),
        Wh: matrix(H, gates * H),
        b: vector(gates * H),
      }),
      dh: volume(N, T, H),
      dc: matrix(N, H),
    }),
  )

/**
 * D2: words x (N, T), many of them met more than once, vectors W (V, D), upstream gradients dout
 * (N, T, D).
 */
export const embedded = (largest = 6) =>
  sizes(['N', 'T', 'D', 'V'], largest).chain(({ N, T, D, V }) =>
    fc.record({ x: indices(N, T, V), W: matrix(V, D), dout: volume(N, T, D) }),
  )

/** D2: x (N, T, D), w (D, M), b (M), upstream gradients dout (N, T, M). */
export const affine = (largest = 6) =>
  sizes(['N', 'T', 'D', 'M'], largest).chain(({ N, T, D, M }) =>
    fc.record({ x: volume(N, T, D), w: matrix(D, M), b: vector(M), dout: volume(N, T, M) }),
  )

/** D2: scores x (N, T, V), words y (N, T), and a mask (N, T). */
export const scored = (largest = 6) =>
  sizes(['N', 'T', 'V'], largest).chain(({ N, T, V }) =>
    fc.record({
      x: volume(N, T, V, sixteenths(-8, 8)),
      y: indices(N, T, V),
      mask: list(N, list(T, fc.boolean())),
    }),
  )
