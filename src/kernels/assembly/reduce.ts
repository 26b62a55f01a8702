// Reductions of a (outer, n, inner) over n into out (outer, inner), and the dot product.
import { dotLine, extremeLine, Largest, Smallest, sumLine } from './lines'
import { COLUMNS, scratch, TOTALS } from './scratch'
import { lanes, loadNext, storeNext, zero } from './vector'

export function dot<T>(a: usize, b: usize, n: i32): f64 { return dotLine<T>(a, b, n) }

// @ts-ignore: decorator
@inline function addTotal<T>(at: usize, x: v128): void {
  if (sizeof<T>() == 8) v128.store(at, v128.add<f64>(v128.load(at), x))
  else {
    v128.store(at, v128.add<f64>(v128.load(at), v128.promote_low<f32>(x)))
    v128.store(at,
      v128.add<f64>(v128.load(at, 16), v128.promote_low<f32>(v128.shuffle<f64>(x, x, 1, 0))), 16)
  }
}

// @ts-ignore: decorator
@inline function readTotal<T>(at: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(at)
  return v128.shuffle<f64>(v128.demote_zero<f64>(v128.load(at)),
    v128.demote_zero<f64>(v128.load(at, 16)), 0, 2)
}

/** Adds `rows` rows of `width` neighbouring columns, 4·lanes or at most lanes, to their totals. */
// @ts-ignore: decorator
@inline function addRows<T>(totals: usize, a: usize, rows: i32, row: usize, width: i32): void {
  let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero()
  if (width == 4 * lanes<T>()) {
    for (let i = rows; i > 0; i--) {
      s0 = v128.add<T>(s0, v128.load(a))
      s1 = v128.add<T>(s1, v128.load(a, 16))
      s2 = v128.add<T>(s2, v128.load(a, 32))
      s3 = v128.add<T>(s3, v128.load(a, 48))
      a += row
    }
    addTotal<T>(totals + 8 * lanes<T>(), s1)
    addTotal<T>(totals + 16 * lanes<T>(), s2)
    addTotal<T>(totals + 24 * lanes<T>(), s3)
  } else {
    for (let i = rows; i > 0; i--) {
      s0 = v128.add<T>(s0, loadNext<T>(a, width, zero()))
      a += row
    }
  }
  addTotal<T>(totals, s0)
}

/**
 * Columns j0 … j1 of the sum of a (n, inner), with bits that do not depend on j0 and j1. 64 rows at
 * a time, about as many as a first-level TLB has pages.
 */
export function sumPart<T>(
  out: usize, a: usize, n: i32, inner: i32, accumulate: i32, j0: i32, j1: i32,
): void {
  // One float64 for each column being summed.
  const totals = scratch + TOTALS, row: usize = inner * sizeof<T>()
  for (let start = j0; start < j1; start += COLUMNS) {
    const end = start + COLUMNS < j1 ? start + COLUMNS : j1
    memory.fill(totals, 0, COLUMNS * 8)
    for (let i = 0; i < n; i += 64) {
      const rows = n - i < 64 ? n - i : 64
      for (let j = start; j < end; ) {
        const rest = end - j,
          width = rest >= 4 * lanes<T>() ? 4 * lanes<T>() : (rest < lanes<T>() ? rest : lanes<T>())
        addRows<T>(totals + 8 * (j - start), a + i * row + j * sizeof<T>(), rows, row, width)
        j += width
      }
    }
    for (let j = start; j < end; j += lanes<T>()) {
      const to = out + j * sizeof<T>()
      let x = readTotal<T>(totals + 8 * (j - start))
      if (accumulate) x = v128.add<T>(loadNext<T>(to, end - j, zero()), x)
      storeNext<T>(to, x, end - j)
    }
  }
}

export function sum<T>(
  out: usize, a: usize, outer: i32, n: i32, inner: i32, accumulate: i32,
): void {
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      const s = sumLine<T>(a, n)
      store<T>(out, accumulate ? <T>(<f64>load<T>(out) + s) : <T>s)
    } else sumPart<T>(out, a, n, inner, accumulate, 0, inner)
    a += n * inner * sizeof<T>()
    out += inner * sizeof<T>()
  }
}

// @ts-ignore: decorator
@inline function extreme<T, Op>(out: usize, a: usize, outer: i32, n: i32, inner: i32): void {
  const op = changetype<Op>(0)
  for (let o = 0; o < outer; o++) {
    if (inner == 1) store<T>(out, extremeLine<T, Op>(a, n))
    else {
      for (let j = 0; j < inner; j += lanes<T>()) {
        let x = v128.splat<T>(op.identity())
        for (let i = 0, p = a + j * sizeof<T>(); i < n; i++, p += inner * sizeof<T>()) {
          x = op.at(x, loadNext<T>(p, inner - j, zero()))
        }
        storeNext<T>(out + j * sizeof<T>(), x, inner - j)
      }
    }
    a += n * inner * sizeof<T>()
    out += inner * sizeof<T>()
  }
}

export function max<T>(out: usize, a: usize, outer: i32, n: i32, inner: i32): void {
  extreme<T, Largest<T>>(out, a, outer, n, inner)
}
export function min<T>(out: usize, a: usize, outer: i32, n: i32, inner: i32): void {
  extreme<T, Smallest<T>>(out, a, outer, n, inner)
}

/** The first index of the largest number; NaN counts as the largest. */
export function argmax<T>(out: usize, a: usize, outer: i32, n: i32, inner: i32): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      let p = a + j * sizeof<T>()
      let best = load<T>(p)
      let at = 0
      for (let i = 1; i < n && best == best; i++) {
        p += inner * sizeof<T>()
        const x = load<T>(p)
        if (!(x <= best)) {
          best = x
          at = i
        }
      }
      store<i32>(out, at)
      out += 4
    }
    a += n * inner * sizeof<T>()
  }
}
