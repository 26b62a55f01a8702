// Two functions of vectors, one after the other: q(p(a, b), c) in one pass, for programs. Each of
// the operands may repeat one number.
import { SigmoidGrad, TanhGrad } from './grads'
import { Add, Mul, repeat, Sub } from './pairs'
import { EDGE, LEFT, RIGHT, scratch } from './scratch'
import { lanes, loadNext, storeNext, zero } from './vector'

/** The second operand minus the first. */
@unmanaged class Rsub<T> { @inline at(x: v128, y: v128): v128 { return v128.sub<T>(y, x) } }

function run<T, P, Q>(
  out: usize, a: usize, b: usize, c: usize, n: i32, aInner: i32, bInner: i32, cInner: i32,
): void {
  const p = changetype<P>(0), q = changetype<Q>(0)
  const aStep: usize = aInner ? 16 : 0, bStep: usize = bInner ? 16 : 0
  const cStep: usize = cInner ? 16 : 0
  if (!aInner) a = repeat<T>(scratch + LEFT, a)
  if (!bInner) b = repeat<T>(scratch + RIGHT, b)
  if (!cInner) c = repeat<T>(scratch + EDGE, c)
  let rest = n
  for (; rest >= 4 * lanes<T>(); rest -= 4 * lanes<T>()) {
    const w = q.at(p.at(v128.load(a), v128.load(b)), v128.load(c))
    const x = q.at(p.at(v128.load(a, 16), v128.load(b, 16)), v128.load(c, 16))
    const y = q.at(p.at(v128.load(a, 32), v128.load(b, 32)), v128.load(c, 32))
    const z = q.at(p.at(v128.load(a, 48), v128.load(b, 48)), v128.load(c, 48))
    v128.store(out, w)
    v128.store(out, x, 16)
    v128.store(out, y, 32)
    v128.store(out, z, 48)
    a += 4 * aStep
    b += 4 * bStep
    c += 4 * cStep
    out += 64
  }
  for (; rest > 0; rest -= lanes<T>()) {
    const x = p.at(loadNext<T>(a, rest, zero()), loadNext<T>(b, rest, zero()))
    storeNext<T>(out, q.at(x, loadNext<T>(c, rest, zero())), rest)
    a += aStep
    b += bStep
    c += cStep
    out += 16
  }
}

/**
 * `code` is 4·p + q, for p of add, sub, mul, and q of add, sub, sub from, mul. The last two are a
 * product that a derivative of tanh or sigmoid follows.
 */
export function triple<T>(
  code: i32, out: usize, a: usize, b: usize, c: usize, n: i32, aStep: i32, bStep: i32, cStep: i32,
): void {
  switch (code) {
    case 0: return run<T, Add<T>, Add<T>>(out, a, b, c, n, aStep, bStep, cStep)
    case 1: return run<T, Add<T>, Sub<T>>(out, a, b, c, n, aStep, bStep, cStep)
    case 2: return run<T, Add<T>, Rsub<T>>(out, a, b, c, n, aStep, bStep, cStep)
    case 3: return run<T, Add<T>, Mul<T>>(out, a, b, c, n, aStep, bStep, cStep)
    case 4: return run<T, Sub<T>, Add<T>>(out, a, b, c, n, aStep, bStep, cStep)
    case 5: return run<T, Sub<T>, Sub<T>>(out, a, b, c, n, aStep, bStep, cStep)
    case 6: return run<T, Sub<T>, Rsub<T>>(out, a, b, c, n, aStep, bStep, cStep)
    case 7: return run<T, Sub<T>, Mul<T>>(out, a, b, c, n, aStep, bStep, cStep)
    case 8: return run<T, Mul<T>, Add<T>>(out, a, b, c, n, aStep, bStep, cStep)
    case 9: return run<T, Mul<T>, Sub<T>>(out, a, b, c, n, aStep, bStep, cStep)
    case 10: return run<T, Mul<T>, Rsub<T>>(out, a, b, c, n, aStep, bStep, cStep)
    case 11: return run<T, Mul<T>, Mul<T>>(out, a, b, c, n, aStep, bStep, cStep)
    case 12: return run<T, Mul<T>, TanhGrad<T>>(out, a, b, c, n, aStep, bStep, cStep)
    case 13: return run<T, Mul<T>, SigmoidGrad<T>>(out, a, b, c, n, aStep, bStep, cStep)
  }
}
