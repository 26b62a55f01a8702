// Sizes that follow from named axes. They are found in the numbers of several runs, in each of
// which the axes have other sizes.

/** A named axis: the input that has it first, its place there, and its size in each run. */
export interface NamedAxis {
  readonly name: string
  readonly input: string
  readonly axis: number
  readonly sizes: readonly number[]
}

/** A number, or `times` the product of named axes and `plus`. */
export type Size =
  | number
  | { readonly axes: readonly NamedAxis[]; readonly times: number; readonly plus: number }

/**
 * Small primes for each named axis, one for each run. No axis is a multiple of another, plus a
 * constant, in all runs.
 */
export const PRIMES: readonly (readonly number[])[] = [
  [5, 11, 7],
  [7, 5, 13],
  [11, 17, 5],
  [13, 19, 31],
  [17, 31, 23],
  [19, 13, 29],
  [23, 29, 37],
  [29, 37, 17],
]
export const RUNS = PRIMES[0].length

/** The most axes whose sizes are multiplied in one size: (N, T, D) as one axis has three. */
const MOST_FACTORS = 3

const allEqual = (numbers: readonly number[]): boolean => numbers.every((n) => n === numbers[0])

/** Products of named axes, and what they are in each run; those of few factors first. */
interface Product {
  readonly axes: readonly NamedAxis[]
  readonly sizes: readonly number[]
}

export class Sizes {
  readonly #products: readonly Product[]

  constructor(axes: readonly NamedAxis[]) {
    let last: readonly Product[] = [{ axes: [], sizes: Array<number>(RUNS).fill(1) }]
    const all: Product[] = []
    for (let factors = 1; factors <= MOST_FACTORS; factors++) {
      last = last.flatMap((product) =>
        axes.slice(product.axes.length && axes.indexOf(product.axes.at(-1) as NamedAxis)).map(
          (axis): Product => ({
            axes: [...product.axes, axis],
            sizes: product.sizes.map((n, run) => n * axis.sizes[run]),
          }),
        ),
      )
      all.push(...last)
    }
    this.#products = all
  }

  /** What is these numbers in the runs; null where nothing simple is. */
  find(numbers: readonly number[]): Size | null {
    if (allEqual(numbers)) return numbers[0]
    for (const { axes, sizes } of this.#products) {
      const times = numbers[0] / sizes[0]
      if (Number.isInteger(times) && sizes.every((n, run) => n * times === numbers[run]))
        return { axes, times, plus: 0 }
    }
    for (const { axes, sizes } of this.#products) {
      const times = (numbers[0] - numbers[1]) / (sizes[0] - sizes[1])
      const plus = numbers[0] - times * sizes[0]
      const fits = sizes.every((n, run) => n * times + plus === numbers[run])
      if (Number.isInteger(times) && fits) return { axes, times, plus }
    }
    return null
  }
}

/** As ONNX writes a size that has no one name: `2*N*T+1`. */
export function textOf(size: Size): string {
  if (typeof size === 'number') return String(size)
  const { axes, times, plus } = size
  const product = [...(times === 1 ? [] : [times]), ...axes.map(({ name }) => name)].join('*')
  return product + (plus === 0 ? '' : plus > 0 ? `+${plus}` : plus)
}
