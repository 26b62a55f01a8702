// Arithmetic on rows and matrices for the oracles of the recurrent cells, in plain loops; it
// imports nothing from the package.
export type Row = number[]
export type Matrix = Row[]
export type Cube = Matrix[]
export type Nested = number | Nested[]

export const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v))

const dot = (a: Row, b: Row): number => a.reduce((sum, v, k) => sum + v * b[k], 0)

/** W·v + b, or W·v. */
export const affine = (W: Matrix, v: Row, b?: Row): Row =>
  W.map((row, k) => dot(row, v) + (b?.[k] ?? 0))

/** Wᵀ·d */
export const transposed = (W: Matrix, d: Row): Row =>
  W[0].map((_, j) => d.reduce((sum, v, k) => sum + v * W[k][j], 0))

/** d·vᵀ */
export const outer = (d: Row, v: Row): Matrix => d.map((a) => v.map((b) => a * b))

/** f of the elements of rows of one length, place by place. */
export const each = (f: (...values: number[]) => number, ...rows: Row[]): Row =>
  rows[0].map((_, k) => f(...rows.map((row) => row[k])))

export const add = (...rows: Row[]): Row =>
  each((...values) => values.reduce((a, b) => a + b), ...rows)

export const mul = (...rows: Row[]): Row =>
  each((...values) => values.reduce((a, b) => a * b), ...rows)

/** Part k of a row, or of the rows of a matrix, in parts of H. */
export const part = <V>(whole: V[], k: number, H: number): V[] => whole.slice(k * H, (k + 1) * H)

/** Two nested arrays of one shape, element by element. */
export function zip<A extends Nested>(f: (a: number, b: number) => number, a: A, b: A): A {
  if (typeof a === 'number') return f(a, b as number) as A
  return a.map((v, k) => zip(f, v, (b as Nested[])[k])) as A
}

export const zeros = <A extends Nested>(like: A): A => zip(() => 0, like, like)
