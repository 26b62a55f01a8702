// Arrays of numbers for the evaluation of printed equations. It imports nothing of the package.

export interface Numbers {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1)

export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1] * shape[i + 1]
  return strides
}

export const scalar = (x: number): Numbers => ({ shape: [], data: [x] })

/** The array of a shape whose element at these indices is `f(indices)`. */
export function build(shape: readonly number[], f: (at: readonly number[]) => number): Numbers {
  const strides = stridesOf(shape)
  const data = Array.from({ length: sizeOf(shape) }, (_, i) =>
    f(shape.map((size, axis) => Math.floor(i / strides[axis]) % size)),
  )
  return { shape, data }
}

/** An element; indices in front are dropped, and an axis of length 1 has one element for all. */
export function get({ shape, data }: Numbers, at: readonly number[]): number {
  const strides = stridesOf(shape)
  const own = at.slice(at.length - shape.length)
  return data[own.reduce((sum, k, axis) => sum + (shape[axis] === 1 ? 0 : k * strides[axis]), 0)]
}

export function broadcast(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map(({ length }) => length))
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)
    const size = sizes.find((one) => one !== 1) ?? 1
    if (sizes.some((one) => one !== 1 && one !== size))
      throw new Error(`shapes ${shapes.join(' ; ')}`)
    return size
  })
}

export const elementwise = (f: (...xs: number[]) => number, ...args: readonly Numbers[]): Numbers =>
  build(broadcast(...args.map(({ shape }) => shape)), (at) => f(...args.map((x) => get(x, at))))

export function matmul(a: Numbers, b: Numbers): Numbers {
  const [m, k] = a.shape.slice(-2)
  const n = b.shape.at(-1) as number
  if (b.shape.at(-2) !== k) throw new Error(`(${a.shape}) times (${b.shape})`)
  const leading = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2))
  return build([...leading, m, n], (at) => {
    const [i, j] = at.slice(-2)
    const front = at.slice(0, -2)
    let sum = 0
    for (let l = 0; l < k; l++) sum += get(a, [...front, i, l]) * get(b, [...front, l, j])
    return sum
  })
}

export function permute(x: Numbers, axes: readonly number[]): Numbers {
  const shape = axes.map((axis) => x.shape[axis])
  return build(shape, (at) => {
    const from: number[] = []
    axes.forEach((axis, i) => {
      from[axis] = at[i]
    })
    return get(x, from)
  })
}

export const transpose = (x: Numbers): Numbers => {
  const r = x.shape.length
  return permute(x, [...Array.from({ length: r - 2 }, (_, i) => i), r - 1, r - 2])
}

export function reduce(
  x: Numbers,
  axes: readonly number[],
  keep: boolean,
  f: (all: readonly number[]) => number,
): Numbers {
  const kept = x.shape.map((size, i) => (axes.includes(i) ? 1 : size))
  const inner = axes.map((axis) => x.shape[axis])
  const full = build(kept, (at) => {
    const all = build(inner, (own) =>
      get(
        x,
        at.map((k, i) => (axes.includes(i) ? own[axes.indexOf(i)] : k)),
      ),
    )
    return f(all.data)
  })
  return keep ? full : { shape: x.shape.filter((_, i) => !axes.includes(i)), data: full.data }
}
export const total = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0)

export function slice(x: Numbers, axis: number, from: number, to: number, step: number): Numbers {
  const shape = x.shape.map((size, i) => (i === axis ? Math.ceil((to - from) / step) : size))
  return build(shape, (at) =>
    get(
      x,
      at.map((k, i) => (i === axis ? from + k * step : k)),
    ),
  )
}

export function cat(parts: readonly Numbers[], axis: number): Numbers {
  const size = total(parts.map(({ shape }) => shape[axis]))
  return build(
    parts[0].shape.map((n, i) => (i === axis ? size : n)),
    (at) => {
      let k = at[axis]
      for (const part of parts) {
        if (k < part.shape[axis])
          return get(
            part,
            at.map((own, i) => (i === axis ? k : own)),
          )
        k -= part.shape[axis]
      }
      throw new Error('outside')
    },
  )
}
