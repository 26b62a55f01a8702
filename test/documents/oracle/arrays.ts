// The arrays of the oracle, nested lists of numbers with the few loops that the documents' formulas
// are made of; no tensor, and nothing of the library.
export type Vector = number[]
export type Matrix = number[][]
export type Volume = number[][][]
export type Nested = number | Nested[]

export const vector = (n: number, f: (i: number) => number = () => 0): Vector =>
  Array.from({ length: n }, (_, i) => f(i))
export const matrix = (
  n: number,
  m: number,
  f: (i: number, j: number) => number = () => 0,
): Matrix => Array.from({ length: n }, (_, i) => vector(m, (j) => f(i, j)))
export const volume = (
  n: number,
  m: number,
  p: number,
  f: (i: number, j: number, k: number) => number = () => 0,
): Volume => Array.from({ length: n }, (_, i) => matrix(m, p, (j, k) => f(i, j, k)))

/** Zeros in the shape of a. */
export const zerosLike = (a: Matrix): Matrix => matrix(a.length, a[0].length)

/** The matrix product: a (n, k), b (k, m) → (n, m). */
export function times(a: Matrix, b: Matrix): Matrix {
  const y = matrix(a.length, b[0].length)
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j < b[0].length; j++)
      for (let k = 0; k < b.length; k++) y[i][j] += a[i][k] * b[k][j]
  return y
}

export const transpose = (a: Matrix): Matrix => matrix(a[0].length, a.length, (i, j) => a[j][i])

/**
 * f element by element, in the shape of the first; a single row or column of the others is
 * repeated.
 */
export const each = (
  f: (...values: number[]) => number,
  first: Matrix,
  ...others: Matrix[]
): Matrix =>
  matrix(first.length, first[0].length, (i, j) =>
    f(
      first[i][j],
      ...others.map((o) => o[o.length === 1 ? 0 : i]).map((row) => row[row.length === 1 ? 0 : j]),
    ),
  )

export const add = (first: Matrix, ...others: Matrix[]): Matrix =>
  each((...values) => values.reduce((sum, v) => sum + v), first, ...others)

/** (n, m) → (n, 1): a sum over the columns, which is the minibatch in the column layout. */
export const sumColumns = (a: Matrix): Matrix => a.map((row) => [row.reduce((sum, v) => sum + v)])

/** (n, m) → (m): a sum over the rows, which is the minibatch in the row layout. */
export const sumRows = (a: Matrix): Vector =>
  a[0].map((_, j) => a.reduce((sum, row) => sum + row[j], 0))

/** The columns from…to of every row. */
export const columns = (a: Matrix, from: number, to?: number): Matrix =>
  a.map((row) => row.slice(from, to))

/** Column layout x (n, m, T): the step x[:, :, t], and T steps (n, m) joined again. */
export const columnsAt = (x: Volume, t: number): Matrix =>
  x.map((plane) => plane.map((line) => line[t]))
export const joinColumns = (steps: Matrix[]): Volume =>
  volume(steps[0].length, steps[0][0].length, steps.length, (i, j, t) => steps[t][i][j])

/** Row layout x (N, T, D): the step x[:, t, :], and T steps (N, D) joined again. */
export const rowsAt = (x: Volume, t: number): Matrix => x.map((sequence) => sequence[t])
export const joinRows = (steps: Matrix[]): Volume =>
  steps[0].map((_, n) => steps.map((step) => step[n]))

/** The sum of all products of corresponding elements. */
export const inner = (a: Nested, b: Nested): number =>
  Array.isArray(a) && Array.isArray(b)
    ? a.reduce((sum: number, v, i) => sum + inner(v, b[i]), 0)
    : (a as number) * (b as number)
