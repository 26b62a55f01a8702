// Functions of two vectors, of which either may repeat one number: every class is a kernel with
// broadcasting strides. The build names the kernel after its class.
import { LEFT, RIGHT, scratch } from './scratch'
import { lanes, loadNext, storeNext, zero } from './vector'

@unmanaged export class Add<T> { @inline at(x: v128, y: v128): v128 { return v128.add<T>(x, y) } }
@unmanaged export class Sub<T> { @inline at(x: v128, y: v128): v128 { return v128.sub<T>(x, y) } }
@unmanaged export class Mul<T> { @inline at(x: v128, y: v128): v128 { return v128.mul<T>(x, y) } }
@unmanaged export class Div<T> { @inline at(x: v128, y: v128): v128 { return v128.div<T>(x, y) } }
@unmanaged export class Maximum<T> {
  @inline at(x: v128, y: v128): v128 { return v128.max<T>(x, y) }
}
@unmanaged export class Minimum<T> {
  @inline at(x: v128, y: v128): v128 { return v128.min<T>(x, y) }
}

/** Fills four vectors at `slot` with the number at p, to be read with step 0 by the same loops. */
// @ts-ignore: decorator
@inline export function repeat<T>(slot: usize, p: usize): usize {
  const x = v128.splat<T>(load<T>(p))
  for (let at: usize = 0; at < 64; at += 16) v128.store(slot + at, x)
  return slot
}

/** One row of the result. */
// @ts-ignore: decorator
@inline export function row<T, Op>(
  out: usize, a: usize, b: usize, n: i32, aInner: i32, bInner: i32,
): void {
  const op = changetype<Op>(0)
  const aStep: usize = aInner ? 16 : 0, bStep: usize = bInner ? 16 : 0
  if (!aInner) a = repeat<T>(scratch + LEFT, a)
  if (!bInner) b = repeat<T>(scratch + RIGHT, b)
  let rest = n
  for (; rest >= 4 * lanes<T>(); rest -= 4 * lanes<T>()) {
    const w = op.at(v128.load(a), v128.load(b)), x = op.at(v128.load(a, 16), v128.load(b, 16))
    const y = op.at(v128.load(a, 32), v128.load(b, 32)),
      z = op.at(v128.load(a, 48), v128.load(b, 48))
    v128.store(out, w)
    v128.store(out, x, 16)
    v128.store(out, y, 32)
    v128.store(out, z, 48)
    a += 4 * aStep
    b += 4 * bStep
    out += 64
  }
  for (; rest > 0; rest -= lanes<T>()) {
    storeNext<T>(out, op.at(loadNext<T>(a, rest, zero()), loadNext<T>(b, rest, zero())), rest)
    a += aStep
    b += bStep
    out += 16
  }
}

export function run<T, Op>(
  out: usize, a: usize, b: usize, outer: i32, inner: i32, aOuter: i32, aInner: i32, bOuter: i32,
  bInner: i32,
): void {
  for (let i = 0; i < outer; i++) {
    row<T, Op>(out, a, b, inner, aInner, bInner)
    out += inner * sizeof<T>()
    a += aOuter * sizeof<T>()
    b += bOuter * sizeof<T>()
  }
}
