// Vectors of T (f32 or f64) in 128 bits, whole and partial, and their transpose, for all kernels.
// It holds no kernel.

/** Lanes of one vector. */
// @ts-ignore: decorator
@inline export function lanes<T>(): i32 { return 16 / sizeof<T>() }

// @ts-ignore: decorator
@inline export function zero(): v128 { return v128.splat<i32>(0) }

/** The first `count` lanes (1 … lanes − 1) from memory, the others from `fill`. */
// @ts-ignore: decorator
@inline export function loadPart<T>(p: usize, count: i32, fill: v128): v128 {
  let x = v128.load_lane<T>(p, fill, 0)
  if (sizeof<T>() == 4) {
    if (count > 1) x = v128.load_lane<T>(p, x, 1, 4)
    if (count > 2) x = v128.load_lane<T>(p, x, 2, 8)
  }
  return x
}

// @ts-ignore: decorator
@inline export function storePart<T>(p: usize, x: v128, count: i32): void {
  v128.store_lane<T>(p, x, 0)
  if (sizeof<T>() == 4) {
    if (count > 1) v128.store_lane<T>(p, x, 1, 4)
    if (count > 2) v128.store_lane<T>(p, x, 2, 8)
  }
}

/** The next vector where `rest` elements are left: whole, or its first lanes and `fill`. */
// @ts-ignore: decorator
@inline export function loadNext<T>(p: usize, rest: i32, fill: v128): v128 {
  return rest >= lanes<T>() ? v128.load(p) : loadPart<T>(p, rest, fill)
}

// @ts-ignore: decorator
@inline export function storeNext<T>(p: usize, x: v128, rest: i32): void {
  if (rest >= lanes<T>()) v128.store(p, x)
  else storePart<T>(p, x, rest)
}

/** Sum of the lanes, in float64. */
// @ts-ignore: decorator
@inline export function sumLanes<T>(x: v128): f64 {
  const y = sizeof<T>() == 4
    ? v128.add<f64>(v128.promote_low<f32>(x), v128.promote_low<f32>(v128.shuffle<f64>(x, x, 1, 0)))
    : x
  return v128.extract_lane<f64>(y, 0) + v128.extract_lane<f64>(y, 1)
}

/** Transposes lanes × lanes numbers of 4 or 8 bytes; rows are `toRow` and `fromRow` bytes apart. */
// @ts-ignore: decorator
@inline export function transpose<T>(to: usize, toRow: usize, from: usize, fromRow: usize): void {
  if (sizeof<T>() == 8) {
    const r0 = v128.load(from), r1 = v128.load(from + fromRow)
    v128.store(to, v128.shuffle<f64>(r0, r1, 0, 2))
    v128.store(to + toRow, v128.shuffle<f64>(r0, r1, 1, 3))
    return
  }
  const r0 = v128.load(from), r1 = v128.load(from + fromRow)
  const r2 = v128.load(from + 2 * fromRow), r3 = v128.load(from + 3 * fromRow)
  const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7)
  const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7)
  v128.store(to, v128.shuffle<f64>(t0, t2, 0, 2))
  v128.store(to + toRow, v128.shuffle<f64>(t0, t2, 1, 3))
  v128.store(to + 2 * toRow, v128.shuffle<f64>(t1, t3, 0, 2))
  v128.store(to + 3 * toRow, v128.shuffle<f64>(t1, t3, 1, 3))
}
