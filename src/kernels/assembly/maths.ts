// exp, log, tanh and sigmoid of a vector, for f32 and f64: argument reduction, a polynomial, no
// branches, no loops over memory. Constants are read from memory, because V8 rebuilds a v128.const
// at each use.
import { zero } from './vector'

// The two tables (f32, f64) of a pair have one layout, given by the indices above them.
const ONE: i32 = 0, TWO: i32 = 1, HALF: i32 = 2, SIGN: i32 = 3, INFINITE: i32 = 4, INVALID: i32 = 5
const common32 = memory.data<f32>([1, 2, 0.5, -0.0, Infinity, NaN], 64)
const common64 = memory.data<f64>([1, 2, 0.5, -0.0, Infinity, NaN], 64)

// x + ROUND has round(x) + bias in its low bits (ROUND_TWICE: + 2·bias), for the bias of T's
// exponent.
const LOWEST: i32 = 0, HIGHEST: i32 = 1, LOG2_E: i32 = 2, ROUND_TWICE: i32 = 3, ROUND: i32 = 4,
  LN2_HI: i32 = 5, LN2_LO: i32 = 6, SATURATED: i32 = 7, P: i32 = 8
// Minimax on |r| ≤ ln 2 / 2, relative to e^r − 1: off by 1.3e-8.
const exp32 = memory.data<f32>([
  -104, 89, 1.44269504, 12583166, 12583039, 0.693359375, -2.12194440e-4, 10,
  0.4999999701976776, 0.1666654348373413, 0.04166720062494278, 0.008366546593606472,
    0.001388252479955554,
], 64)
// Constants of fdlibm's e_exp.c (Sun Microsystems, 1993).
const exp64 = memory.data<f64>([
  -746, 710, 1.44269504088896338700, 6755399441057790, 6755399441056767, 6.93147180369123816490e-01,
    1.90821492927058770002e-10, 22,
  1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05,
    -1.65339022054652515390e-06, 4.13813679705723846039e-08,
], 64)

// An exponent field in the low bits of DIGITS is the float DIGITS + field.
const NORMAL: i32 = 0, LIFT: i32 = 1, LIFTED: i32 = 2, DIGITS: i32 = 3, DIGITS_BIAS: i32 = 4,
  LOG_LN2_HI: i32 = 5, LOG_LN2_LO: i32 = 6, L: i32 = 7
// Constants of FreeBSD's e_logf.c and fdlibm's e_log.c (Sun Microsystems, 1993).
const log32 = memory.data<f32>([
  1.17549435e-38, 33554432, 25, 8388608, 8388735, 6.9313812256e-01, 9.0580006145e-06,
  0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841,
], 64)
const log64 = memory.data<f64>([
  2.2250738585072014e-308, 18014398509481984, 54, 4503599627370496, 4503599627371519,
    6.93147180369123816490e-01, 1.90821492927058770002e-10,
  6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
    2.222219843214978396e-01,
  1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
], 64)
const ROOT_HALF: i32 = 0, ONE_LESS_ROOT_HALF: i32 = 1, MANTISSA: i32 = 2
const bits32 = memory.data<u32>([0x3f3504f3, 0x3f800000 - 0x3f3504f3, 0x007fffff], 64)
const bits64 = memory.data<u64>([0x3fe6a09e00000000, 0x3ff0000000000000 - 0x3fe6a09e00000000,
  0x000fffffffffffff], 64)

// @ts-ignore: decorator
@inline function constant<T>(table32: usize, table64: usize, index: i32): v128 {
  return sizeof<T>() == 4 ? v128.load_splat<f32>(table32 + 4 * index)
    : v128.load_splat<f64>(table64 + 8 * index)
}
// @ts-ignore: decorator
@inline function common<T>(index: i32): v128 { return constant<T>(common32, common64, index) }
// @ts-ignore: decorator
@inline function ofExp<T>(index: i32): v128 { return constant<T>(exp32, exp64, index) }
// @ts-ignore: decorator
@inline function ofLog<T>(index: i32): v128 { return constant<T>(log32, log64, index) }
// @ts-ignore: decorator
@inline function ofBits<T>(index: i32): v128 { return constant<T>(bits32, bits64, index) }

// The bits of a float as integers of its size.
// @ts-ignore: decorator
@inline function addBits<T>(x: v128, y: v128): v128 {
  return sizeof<T>() == 4 ? v128.add<i32>(x, y) : v128.add<i64>(x, y)
}
// @ts-ignore: decorator
@inline function subBits<T>(x: v128, y: v128): v128 {
  return sizeof<T>() == 4 ? v128.sub<i32>(x, y) : v128.sub<i64>(x, y)
}
// @ts-ignore: decorator
@inline function half<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? v128.shr<u32>(x, 1) : v128.shr<u64>(x, 1)
}
// @ts-ignore: decorator
@inline function toExponent<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? v128.shl<u32>(x, 23) : v128.shl<u64>(x, 52)
}
// @ts-ignore: decorator
@inline function fromExponent<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? v128.shr<u32>(x, 23) : v128.shr<u64>(x, 52)
}

// @ts-ignore: decorator
@inline function fma<T>(x: v128, y: v128, z: v128): v128 {
  return v128.add<T>(v128.mul<T>(x, y), z)
}

/** r = x − n·ln 2 */
// @ts-ignore: decorator
@inline function remainder<T>(x: v128, n: v128): v128 {
  return v128.sub<T>(v128.sub<T>(x, v128.mul<T>(n, ofExp<T>(LN2_HI))),
    v128.mul<T>(n, ofExp<T>(LN2_LO)))
}

/** e^r − 1 for |r| ≤ ln 2 / 2, relatively exact down to the smallest r. */
// @ts-ignore: decorator
@inline function expm1Reduced<T>(r: v128): v128 {
  const r2 = v128.mul<T>(r, r)
  if (sizeof<T>() == 4) {
    // This order keeps the chain of dependent operations short.
    const low = fma<T>(r, ofExp<T>(P + 1), ofExp<T>(P)),
      high = fma<T>(r, ofExp<T>(P + 3), ofExp<T>(P + 2))
    const q = fma<T>(r2, fma<T>(r2, ofExp<T>(P + 4), high), low)
    return fma<T>(r2, q, r)
  }
  let q = fma<T>(r2, ofExp<T>(P + 4), ofExp<T>(P + 3))
  q = fma<T>(r2, q, ofExp<T>(P + 2))
  q = fma<T>(r2, q, ofExp<T>(P + 1))
  q = fma<T>(r2, q, ofExp<T>(P))
  const c = v128.sub<T>(r, v128.mul<T>(r2, q))
  return v128.add<T>(r, v128.div<T>(v128.mul<T>(r, c), v128.sub<T>(common<T>(TWO), c)))
}

/**
 * e^x for x within LOWEST … HIGHEST. 2^n is two factors, so that neither overflows and a denormal
 * result is rounded once.
 */
// @ts-ignore: decorator
@inline function expWithin<T>(x: v128): v128 {
  const t = fma<T>(x, ofExp<T>(LOG2_E), ofExp<T>(ROUND_TWICE))
  const y = v128.add<T>(expm1Reduced<T>(remainder<T>(x, v128.sub<T>(t, ofExp<T>(ROUND_TWICE)))),
    common<T>(ONE))
  const h = half<T>(t)
  return v128.mul<T>(v128.mul<T>(y, toExponent<T>(h)), toExponent<T>(subBits<T>(t, h)))
}

// pmin(x, c) and pmax(x, c) are one instruction each and keep a NaN in x.
// @ts-ignore: decorator
@inline export function exp<T>(x: v128): v128 {
  return expWithin<T>(v128.pmax<T>(v128.pmin<T>(x, ofExp<T>(HIGHEST)), ofExp<T>(LOWEST)))
}

/**
 * 1/(1 + e^−x) with z = e^−|x|: for negative x it is z/(1 + z), which keeps the digits of small z.
 */
// @ts-ignore: decorator
@inline export function sigmoid<T>(x: v128): v128 {
  const z = expWithin<T>(v128.pmax<T>(v128.or(x, common<T>(SIGN)), ofExp<T>(LOWEST)))
  return v128.div<T>(v128.bitselect(z, common<T>(ONE), v128.lt<T>(x, zero())),
    v128.add<T>(z, common<T>(ONE)))
}

/** t/(t + 2) with t = e^2|x| − 1 = 2^n (e^r − 1) + (2^n − 1), and the sign of x. */
// @ts-ignore: decorator
@inline export function tanh<T>(x: v128): v128 {
  const a = v128.pmin<T>(v128.andnot(x, common<T>(SIGN)), ofExp<T>(SATURATED))
  const z = v128.add<T>(a, a)
  const sum = fma<T>(z, ofExp<T>(LOG2_E), ofExp<T>(ROUND))
  const scale = toExponent<T>(sum)
  const t = fma<T>(scale, expm1Reduced<T>(remainder<T>(z, v128.sub<T>(sum, ofExp<T>(ROUND)))),
    v128.sub<T>(scale, common<T>(ONE)))
  return v128.or(v128.div<T>(t, v128.add<T>(t, common<T>(TWO))), v128.and(x, common<T>(SIGN)))
}

/**
 * log x = k·ln 2 + log(1 + f), √½ ≤ 1 + f < √2, with s = f/(2 + f): log(1 + f) = f − f²/2 + s·(f²/2
 * + R(s²)).
 */
// @ts-ignore: decorator
@inline export function log<T>(x: v128): v128 {
  const denormal = v128.lt<T>(x, ofLog<T>(NORMAL))
  const u = addBits<T>(v128.bitselect(v128.mul<T>(x, ofLog<T>(LIFT)), x, denormal),
    ofBits<T>(ONE_LESS_ROOT_HALF))
  let k = v128.sub<T>(v128.or(fromExponent<T>(u), ofLog<T>(DIGITS)), ofLog<T>(DIGITS_BIAS))
  k = v128.sub<T>(k, v128.and(denormal, ofLog<T>(LIFTED)))
  const f =
    v128.sub<T>(addBits<T>(v128.and(u, ofBits<T>(MANTISSA)), ofBits<T>(ROOT_HALF)), common<T>(ONE))
  const s = v128.div<T>(f, v128.add<T>(f, common<T>(TWO)))
  const z = v128.mul<T>(s, s)
  let r: v128
  if (sizeof<T>() == 4) {
    r = fma<T>(z, ofLog<T>(L + 3), ofLog<T>(L + 2))
  } else {
    r = fma<T>(z, ofLog<T>(L + 6), ofLog<T>(L + 5))
    r = fma<T>(z, r, ofLog<T>(L + 4))
    r = fma<T>(z, r, ofLog<T>(L + 3))
    r = fma<T>(z, r, ofLog<T>(L + 2))
  }
  r = fma<T>(z, r, ofLog<T>(L + 1))
  r = v128.mul<T>(z, fma<T>(z, r, ofLog<T>(L)))
  const square = v128.mul<T>(v128.mul<T>(f, f), common<T>(HALF))
  const low = fma<T>(s, v128.add<T>(square, r), v128.mul<T>(k, ofLog<T>(LOG_LN2_LO)))
  const y =
    v128.sub<T>(v128.mul<T>(k, ofLog<T>(LOG_LN2_HI)), v128.sub<T>(v128.sub<T>(square, low), f))
  const finite = v128.bitselect(y, x, v128.lt<T>(x, common<T>(INFINITE)))
  const valid = v128.bitselect(finite, common<T>(INVALID), v128.ge<T>(x, zero()))
  return v128.bitselect(v128.or(common<T>(INFINITE), common<T>(SIGN)), valid, v128.eq<T>(x, zero()))
}
