// Functions of one vector: every class is a kernel (out, a, n). The build names the kernel after
// its class.
import * as maths from './maths'
import { lanes, loadNext, storeNext, zero } from './vector'

@unmanaged export class Neg<T> { @inline at(x: v128): v128 { return v128.neg<T>(x) } }
@unmanaged export class Abs<T> { @inline at(x: v128): v128 { return v128.abs<T>(x) } }
@unmanaged export class Sqrt<T> { @inline at(x: v128): v128 { return v128.sqrt<T>(x) } }
@unmanaged export class Square<T> { @inline at(x: v128): v128 { return v128.mul<T>(x, x) } }
@unmanaged export class Reciprocal<T> {
  @inline at(x: v128): v128 { return v128.div<T>(v128.splat<T>(1), x) }
}
@unmanaged export class Relu<T> { @inline at(x: v128): v128 { return v128.max<T>(x, zero()) } }
@unmanaged export class Exp<T> { @inline at(x: v128): v128 { return maths.exp<T>(x) } }
@unmanaged export class Log<T> { @inline at(x: v128): v128 { return maths.log<T>(x) } }
@unmanaged export class Tanh<T> { @inline at(x: v128): v128 { return maths.tanh<T>(x) } }
@unmanaged export class Sigmoid<T> { @inline at(x: v128): v128 { return maths.sigmoid<T>(x) } }
@unmanaged export class Sign<T> {
  @inline at(x: v128): v128 {
    const one = v128.bitselect(x, v128.splat<T>(1), v128.splat<T>(<T>-0.0))
    return v128.bitselect(one, x, v128.gt<T>(v128.abs<T>(x), zero()))
  }
}

/**
 * Four vectors at a time, because they share the loads of constants and their operations overlap.
 */
export function run<T, Op>(out: usize, a: usize, n: i32): void {
  const op = changetype<Op>(0)
  let rest = n
  for (; rest >= 4 * lanes<T>(); rest -= 4 * lanes<T>()) {
    const w = op.at(v128.load(a)), x = op.at(v128.load(a, 16))
    const y = op.at(v128.load(a, 32)), z = op.at(v128.load(a, 48))
    v128.store(out, w)
    v128.store(out, x, 16)
    v128.store(out, y, 32)
    v128.store(out, z, 48)
    a += 64
    out += 64
  }
  for (; rest > 0; rest -= lanes<T>()) {
    storeNext<T>(out, op.at(loadNext<T>(a, rest, zero())), rest)
    a += 16
    out += 16
  }
}
