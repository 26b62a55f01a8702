// Reductions of contiguous numbers, for the kernels of reduce.ts and rows.ts.
import { lanes, loadNext, sumLanes, zero } from './vector'

@unmanaged export class Largest<T> {
  @inline identity(): T { return <T>-Infinity }
  @inline at(x: v128, y: v128): v128 { return v128.max<T>(x, y) }
}
@unmanaged export class Smallest<T> {
  @inline identity(): T { return <T>Infinity }
  @inline at(x: v128, y: v128): v128 { return v128.min<T>(x, y) }
}

@unmanaged class Value<T> {
  @inline whole(a: usize, b: usize, offset: usize): v128 { return v128.load(a + offset) }
  @inline next(a: usize, b: usize, rest: i32): v128 { return loadNext<T>(a, rest, zero()) }
}
@unmanaged class Times<T> {
  @inline whole(a: usize, b: usize, offset: usize): v128 {
    return v128.mul<T>(v128.load(a + offset), v128.load(b + offset))
  }
  @inline next(a: usize, b: usize, rest: i32): v128 {
    return v128.mul<T>(loadNext<T>(a, rest, zero()), loadNext<T>(b, rest, zero()))
  }
}

/**
 * Σ of the terms of a and b, n numbers each. Four vectors add at most 16 terms each before they are
 * added to a float64: so the error of a float32 sum does not grow with n.
 */
// @ts-ignore: decorator
@inline export function total<T, Term>(a: usize, b: usize, n: i32): f64 {
  const term = changetype<Term>(0)
  let sum: f64 = 0
  let rest = n
  while (rest >= 4 * lanes<T>()) {
    const steps = min(rest / (4 * lanes<T>()), 16)
    let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero()
    for (let i = 0; i < steps; i++) {
      s0 = v128.add<T>(s0, term.whole(a, b, 0))
      s1 = v128.add<T>(s1, term.whole(a, b, 16))
      s2 = v128.add<T>(s2, term.whole(a, b, 32))
      s3 = v128.add<T>(s3, term.whole(a, b, 48))
      a += 64
      b += 64
    }
    sum += sumLanes<T>(v128.add<T>(v128.add<T>(s0, s1), v128.add<T>(s2, s3)))
    rest -= steps * 4 * lanes<T>()
  }
  let s = zero()
  for (; rest > 0; rest -= lanes<T>()) {
    s = v128.add<T>(s, term.next(a, b, rest))
    a += 16
    b += 16
  }
  return sum + sumLanes<T>(s)
}

export function sumLine<T>(a: usize, n: i32): f64 { return total<T, Value<T>>(a, a, n) }
export function dotLine<T>(a: usize, b: usize, n: i32): f64 { return total<T, Times<T>>(a, b, n) }

/** The largest or smallest number; NaN where there is one. */
export function extremeLine<T, Op>(a: usize, n: i32): T {
  const op = changetype<Op>(0)
  const none = v128.splat<T>(op.identity())
  let x = none, x1 = none, x2 = none, x3 = none
  let rest = n
  for (; rest >= 4 * lanes<T>(); rest -= 4 * lanes<T>()) {
    x = op.at(x, v128.load(a))
    x1 = op.at(x1, v128.load(a, 16))
    x2 = op.at(x2, v128.load(a, 32))
    x3 = op.at(x3, v128.load(a, 48))
    a += 64
  }
  x = op.at(op.at(x, x1), op.at(x2, x3))
  for (; rest > 0; rest -= lanes<T>()) {
    x = op.at(x, loadNext<T>(a, rest, none))
    a += 16
  }
  x = op.at(x, v128.shuffle<f64>(x, x, 1, 0))
  if (sizeof<T>() == 4) x = op.at(x, v128.shuffle<f32>(x, x, 1, 0, 3, 2))
  return v128.extract_lane<T>(x, 0)
}
