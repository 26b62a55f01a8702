// Sizes that follow from named axes: polynomials that are found in the numbers of several runs, in
// each of which the axes have other sizes.

/** A named axis: the input that has it first, its place there, and its size in each run. */
export interface NamedAxis {
  readonly name: string
  readonly input: string
  readonly axis: number
  readonly sizes: readonly number[]
}

/** A product of named axes, some perhaps more than once, and a whole number. */
export interface Term {
  readonly axes: readonly NamedAxis[]
  readonly times: number
}

/** A number, or a sum of terms. */
export type Size = number | readonly Term[]

/** A product of axes, and what it is in each run. */
interface Product {
  readonly axes: readonly NamedAxis[]
  readonly sizes: readonly number[]
}

/** The most axes whose sizes are multiplied: (N, S, T) as one axis has three. */
const MOST_FACTORS = 3

/** Products of up to so many axes, those of few first. */
function productsOf(axes: readonly NamedAxis[], runs: number, isSquareFree: boolean): Product[] {
  let last: Product[] = [{ axes: [], sizes: Array<number>(runs).fill(1) }]
  const all: Product[] = []
  for (let factors = 1; factors <= MOST_FACTORS; factors++) {
    last = last.flatMap((product) => {
      const before = product.axes.at(-1)
      const from = before === undefined ? 0 : axes.indexOf(before) + Number(isSquareFree)
      return axes.slice(from).map((axis) => ({
        axes: [...product.axes, axis],
        sizes: product.sizes.map((n, run) => n * axis.sizes[run]),
      }))
    })
    all.push(...last)
  }
  return all
}

/** The sizes of `count` named axes in each run: small ones first, 1, even ones, and large ones. */
export function runSizes(count: number): number[][] {
  const runs: number[][] = [
    Array.from({ length: count }, (_, k) => [3, 5, 2, 7, 4, 6, 9, 8][k % 8] as number),
    Array<number>(count).fill(1),
    Array<number>(count).fill(2),
    Array.from({ length: count }, (_, k) => [7, 4, 5, 3, 6, 2, 8, 9][k % 8] as number),
  ]
  // As many as there are terms in a sum of products, and some more, which prove it.
  const wanted = runs.length + 2 ** Math.min(count, 4) + count
  for (let run = runs.length; run < wanted; run++)
    runs.push(Array.from({ length: count }, (_, k) => 2 + ((run * (2 * k + 3) + k * k) % 11)))
  for (let large = 0; large < Math.min(count, 3); large++)
    runs.push(Array.from({ length: count }, (_, k) => (k === large ? 67 : 2 + (k % 2))))
  return runs
}

const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((n, run) => n === b[run])

export class Sizes {
  readonly #products: readonly Product[]
  /** Those of sums, without powers; the first is 1. */
  readonly #terms: readonly Product[]

  constructor(axes: readonly NamedAxis[], runs: number) {
    this.#products = productsOf(axes, runs, false)
    const one = { axes: [], sizes: Array<number>(runs).fill(1) }
    this.#terms = [one, ...productsOf(axes, runs, true)]
  }

  /** What is these numbers in the runs; null where nothing simple is. */
  find(numbers: readonly number[]): Size | null {
    if (numbers.every((n) => n === numbers[0])) return numbers[0]
    for (const { axes, sizes } of this.#products) {
      const times = numbers[0] / sizes[0]
      const all = sizes.map((n) => n * times)
      if (Number.isInteger(times) && isSame(all, numbers)) return [{ axes, times }]
    }
    return this.#sum(numbers)
  }

  /** A sum of products, where the runs leave only one. */
  #sum(numbers: readonly number[]): Size | null {
    const terms = this.#terms
    const rows = numbers.map((n, run) => [...terms.map(({ sizes }) => sizes[run]), n])
    const factors = solved(rows, terms.length)?.map(Math.round)
    if (factors === undefined) return null
    const all = numbers.map((_, run) =>
      terms.reduce((sum, { sizes }, k) => sum + factors[k] * sizes[run], 0),
    )
    if (!isSame(all, numbers)) return null
    return terms.flatMap(({ axes }, k) => (factors[k] === 0 ? [] : [{ axes, times: factors[k] }]))
  }
}

/** The solution of linear equations, each with its right side at the end; null unless it is one. */
function solved(equations: readonly (readonly number[])[], unknowns: number): number[] | null {
  const rows = equations.map((row) => [...row])
  for (let k = 0; k < unknowns; k++) {
    const rest = rows.slice(k)
    const largest = rest.reduce((a, b) => (Math.abs(b[k]) > Math.abs(a[k]) ? b : a), rest[0] ?? [])
    const pivot = largest[k] ?? 0
    if (Math.abs(pivot) < 1e-9) return null
    rows.splice(rows.indexOf(largest), 1)
    rows.splice(k, 0, largest)
    for (const row of rows)
      if (row !== largest) {
        const share = row[k] / pivot
        for (let i = k; i <= unknowns; i++) row[i] = row[i] - share * largest[i]
      }
  }
  return rows.slice(0, unknowns).map((row, k) => row[unknowns] / row[k])
}

/** As ONNX writes a size that has no one name: `2*N*T + -1`. */
export function textOf(size: Size): string {
  if (typeof size === 'number') return String(size)
  const words = size.map(({ axes, times }) => {
    const names = axes.map(({ name }) => name)
    return (times === 1 && names.length > 0 ? names : [times, ...names]).join('*')
  })
  return words.join(' + ')
}
