// Shapes as plain arrays of sizes: formatting, axes, and NumPy's broadcasting. Pure arithmetic: no
// tensor, no memory.

import { IndexError, ShapeError, shown } from './errors.ts'

/** The size of each axis; empty for a single number. */
export type Shape = readonly number[]
/** One axis or several; negative ones count from the end. */
export type Axes = number | readonly number[]

/** How many axes a tensor may have, as in PyTorch. */
export const MOST_AXES = 64

/** `(32, 27)`; a 0-d shape is `()`. A list that is too long for a shape is shortened. */
export const show = (shape: Shape): string =>
  `(${shape.length > MOST_AXES ? `${shape.slice(0, 3).join(', ')}, …` : shape.join(', ')})`

export function sizeOf(shape: Shape): number {
  let size = 1
  for (let i = 0; i < shape.length; i++) size *= shape[i]
  return Number.isNaN(size) ? 0 : size // ∞·0: one axis is empty.
}

/** Throws a ShapeError for more axes than a tensor may have. */
export function requireRank(who: string, rank: number): void {
  if (rank > MOST_AXES)
    throw new ShapeError(`${who}: expected at most ${MOST_AXES} axes, got ${rank}`)
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Throws a ShapeError unless every size is a whole number ≥ 0. */
export function requireShape(who: string, shape: unknown): asserts shape is Shape {
  if (!Array.isArray(shape))
    throw new ShapeError(`${who}: expected a shape, an array of sizes, got ${shown(shape)}`)
  requireRank(who, shape.length)
  for (const n of shape)
    if (!Number.isSafeInteger(n) || n < 0)
      throw new ShapeError(
        `${who}: expected sizes that are whole numbers ≥ ` +
          `0${Number.isInteger(n) && n > 0 ? ' and below 2^53' : ''}, got ` +
          `(${shape.map(shown).join(', ')})`,
      )
}

/** The axis as 0…rank−1. Throws a ShapeError when there is no such axis. */
export function axisOf(who: string, axis: number, rank: number): number {
  if (rank === 0)
    throw new ShapeError(`${who}: expected a tensor with at least one axis, got shape ()`)
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new ShapeError(`${who}: expected an axis in ${-rank}..${rank - 1}, got ${shown(axis)}`)
  return axis < 0 ? axis + rank : axis
}

/**
 * The axes in ascending order, all of them when none are given. Throws a ShapeError when one is
 * missing or named twice.
 */
export function axesOf(who: string, axes: Axes | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i)
  if (typeof axes !== 'number' && !Array.isArray(axes))
    throw new ShapeError(`${who}: expected an axis or an array of axes, got ${shown(axes)}`)
  const list = (typeof axes === 'number' ? [axes] : [...axes])
    .map((axis) => axisOf(who, axis, rank))
    .sort((a, b) => a - b)
  if (new Set(list).size < list.length)
    throw new ShapeError(
      `${who}: axes (${list.length > MOST_AXES ? `${list.slice(0, 3)},…` : String(axes)}) name ` +
        'one axis twice',
    )
  return list
}

/**
 * The index as 0…size−1, negative ones counted from the end. Throws an IndexError when it is
 * outside or no whole number.
 */
export function indexOf(who: string, index: number, size: number): number {
  if (!Number.isInteger(index) || index < -size || index >= size)
    throw new IndexError(
      `${who}: index ${shown(index)} is outside ` +
        `${size === 0 ? 'an empty axis' : `${-size}..${size - 1}`}`,
    )
  return index < 0 ? index + size : index
}

/** Distance in elements between neighbours along each axis of a contiguous tensor. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  for (let i = shape.length - 1, step = 1; i >= 0; i--) {
    strides[i] = step
    step *= shape[i]
  }
  return strides
}

/** Whether a tensor read with these strides is read in order, without a gap. */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let inOrder = true
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    inOrder &&= shape[i] === 1 || strides[i] === step
    step *= shape[i]
  }
  return inOrder || step === 0
}

/** The list with its last two elements exchanged. */
export const lastSwapped = (list: readonly number[]): number[] => [
  ...list.slice(0, -2),
  list[list.length - 1],
  list[list.length - 2],
]

/**
 * The shape of a broadcast by NumPy's rule: axes are matched from the end, and two sizes are equal,
 * or one of them is 1. Throws a ShapeError that names the first axis that does not match.
 */
export function broadcast(who: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a
  const rank = Math.max(a.length, b.length)
  const out = new Array<number>(rank)
  for (let i = 1; i <= rank; i++) {
    const m = a[a.length - i] ?? 1
    const n = b[b.length - i] ?? 1
    if (m !== n && m !== 1 && n !== 1)
      throw new ShapeError(
        `${who}: cannot broadcast ${show(a)} with ${show(b)}: axis ${-i} is ${m} and ${n}`,
      )
    out[rank - i] = m === 1 ? n : m
  }
  return out
}

/**
 * The strides that read a tensor of shape `from` as if it had shape `to`: 0 along repeated axes.
 */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from)
  const missing = to.length - from.length
  return to.map((size, i) =>
    i < missing || (from[i - missing] === 1 && size !== 1) ? 0 : strides[i - missing],
  )
}

/** A loop nest over several tensors: the sizes, and each tensor's strides. */
export interface Loops {
  sizes: number[]
  strides: number[][]
}

/**
 * Merges neighbouring axes where every tensor's strides permit it, and drops those of size 1. Loops
 * of one round come first, until there are `atLeast`.
 */
export function mergeLoops(
  shape: Shape,
  strides: readonly (readonly number[])[],
  atLeast: number,
): Loops {
  const count = Math.max(shape.length, atLeast)
  const sizes = new Array<number>(count).fill(1)
  const merged = strides.map(() => new Array<number>(count).fill(0))
  let at = count
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]
    if (size === 1) continue
    let joins = at < count
    for (let k = 0; k < strides.length; k++)
      joins &&= strides[k][axis] === merged[k][at] * sizes[at]
    if (joins) sizes[at] *= size
    else {
      sizes[--at] = size
      for (let k = 0; k < strides.length; k++) merged[k][at] = strides[k][axis]
    }
  }
  return { sizes, strides: merged }
}

/**
 * Calls `body` with each tensor's offset for every round of the loops outside the innermost `inner`
 * ones.
 */
export function outerLoops(
  { sizes, strides }: Loops,
  inner: number,
  body: (offsets: readonly number[]) => void,
): void {
  const outer = sizes.length - inner
  const offsets = strides.map(() => 0)
  if (outer === 0) {
    body(offsets)
    return
  }
  const advance = (axis: number, rounds: number): void => {
    for (let k = 0; k < strides.length; k++) offsets[k] += strides[k][axis] * rounds
  }
  const run = (axis: number): void => {
    if (axis >= outer) {
      body(offsets)
      return
    }
    for (let i = 0; i < sizes[axis]; i++) {
      run(axis + 1)
      advance(axis, 1)
    }
    advance(axis, -sizes[axis])
  }
  run(0)
}
