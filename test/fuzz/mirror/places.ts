// Where elements stand: shapes, indices and lists of places in row-major order. It knows no tensor.

export type Shape = readonly number[]

export const sizeOf = (shape: Shape): number => shape.reduce((n, size) => n * size, 1)
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
export const equal = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i])
export const picked = <T>(from: readonly T[], index: readonly number[]): T[] =>
  index.map((i) => from[i] as T)

/** For each place of `shape`, what `f` makes of its indices. */
export function places<T>(shape: Shape, f: (at: number[]) => T): T[] {
  const at = new Array<number>(shape.length).fill(0)
  return range(sizeOf(shape)).map(() => {
    const result = f([...at])
    for (let k = shape.length - 1; k >= 0; k--) {
      at[k] = (at[k] as number) + 1
      if ((at[k] as number) < (shape[k] as number)) break
      at[k] = 0
    }
    return result
  })
}

/** The place in row-major order of an element by its indices. */
export const flat = (shape: Shape, at: Shape): number =>
  shape.reduce((i, size, k) => i * size + (at[k] as number), 0)

/** The shape that two are broadcast to. */
export function broadcast(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length)
  const [n, m] = [a, b].map((shape) => [
    ...new Array<number>(rank - shape.length).fill(1),
    ...shape,
  ]) as [number[], number[]]
  return n.map((size, k) => Math.max(size, m[k] as number))
}

/** For each place of the larger shape, the place in the smaller one that broadcasting reads. */
export function repeats(from: Shape, to: Shape): number[] {
  const more = to.length - from.length
  return places(to, (at) =>
    flat(
      from,
      from.map((n, k) => (n === 1 ? 0 : (at[k + more] as number))),
    ),
  )
}
