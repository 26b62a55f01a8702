// Counter-based random numbers: Philox 4×32-10 (Salmon et al. 2011, "Parallel random numbers: as
// easy as 1, 2, 3") and distributions made from it. Block c of a key is philox(c, key), four 32-bit
// words that do not depend on earlier draws. n elements take ⌈n/4⌉ blocks (f32, int32) or ⌈n/2⌉
// (f64).
import * as maths from './maths'
import { scratch, WORDS } from './scratch'

// @ts-ignore: decorator
@inline function words(): usize { return scratch + WORDS }

/** Ten rounds on the counter (c0, c1, c2, c3) under the key (k0, k1), into four words at `out`. */
export function philox(out: usize, c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32): void {
  for (let round = 0; round < 10; round++) {
    const p0 = <u64>c0 * 0xd2511f53, p1 = <u64>c2 * 0xcd9e8d57
    c0 = <u32>(p1 >> 32) ^ c1 ^ k0
    c1 = <u32>p1
    c2 = <u32>(p0 >> 32) ^ c3 ^ k1
    c3 = <u32>p0
    k0 += 0x9e3779b9
    k1 += 0xbb67ae85
  }
  store<u32>(out, c0)
  store<u32>(out, c1, 4)
  store<u32>(out, c2, 8)
  store<u32>(out, c3, 12)
}

// @ts-ignore: decorator
@inline function draw(out: usize, k0: u32, k1: u32, block: u64, spare: u32 = 0): void {
  philox(out, <u32>block, <u32>(block >> 32), spare, 0, k0, k1)
}

/** In [0, 1): the upper 24 bits of a word, or the upper 53 of two. */
export function uniform<T>(out: usize, n: i32, key0: u32, key1: u32, counter: f64): void {
  for (let i = 0, block = <u64>counter; i < n; block++) {
    draw(words(), key0, key1, block)
    for (let p = words(); p < words() + 16 && i < n; i++, p += sizeof<T>(), out += sizeof<T>()) {
      if (sizeof<T>() == 4) store<f32>(out, <f32>(load<u32>(p) >> 8) * <f32>5.9604644775390625e-8)
      else store<f64>(out, <f64>(load<u64>(p) >> 11) * 1.1102230246251565e-16)
    }
  }
}

// From fdlibm's k_sin.c and k_cos.c (Sun Microsystems, 1993), |x| ≤ π/4.
function sin(x: f64): f64 {
  const z = x * x
  const r = 8.33333333332248946124e-03 +
    z * (-1.98412698298579493134e-04 +
    z * (2.75573137070700676789e-06 +
    z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)))
  return x + x * z * (-1.66666666666666324348e-01 + z * r)
}
function cos(x: f64): f64 {
  const z = x * x
  const r = 2.48015872894767294178e-05 +
    z * (-2.75573143513906633035e-07 +
    z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11))
  return 1 - (0.5 * z - z * z * (4.16666666666666019037e-02 +
    z * (-1.38888888888741095749e-03 + z * r)))
}

/** Two normal numbers (Box & Muller 1958) at `out` from u in (0, 1] and a turn in [0, 1). */
function pair<T>(out: usize, u: f64, turn: f64, two: bool): void {
  const radius = sqrt(-2 * v128.extract_lane<f64>(maths.log<f64>(v128.splat<f64>(u)), 0))
  const quarter = nearest(4 * turn)
  const angle = (4 * turn - quarter) * 1.5707963267948966
  const s = sin(angle), c = cos(angle)
  const odd = <i32>quarter & 1, x = odd ? s : c, y = odd ? c : s
  const flipX = (<i32>quarter + 1) & 2, flipY = <i32>quarter & 2
  store<T>(out, <T>(radius * (flipX ? -x : x)))
  if (two) store<T>(out, <T>(radius * (flipY ? -y : y)), sizeof<T>())
}

/**
 * Mean 0, variance 1: Box–Muller in float64 throughout, with this module's own log, sin and cos.
 */
export function normal<T>(out: usize, n: i32, key0: u32, key1: u32, counter: f64): void {
  for (let i = 0, block = <u64>counter; i < n; block++) {
    draw(words(), key0, key1, block)
    const step = 2 * sizeof<T>()
    for (let p = words(); p < words() + 16 && i < n; i += 2, p += step, out += step) {
      if (sizeof<T>() == 4) {
        pair<T>(out, (<f64>load<u32>(p) + 1) * 2.3283064365386963e-10,
          <f64>load<u32>(p, 4) * 2.3283064365386963e-10, i + 1 < n)
      } else pair<T>(out, (<f64>(load<u64>(p) >> 11) + 1) * 1.1102230246251565e-16,
        <f64>(load<u64>(p, 8) >> 11) * 1.1102230246251565e-16, i + 1 < n)
    }
  }
}

/**
 * Uniform int32 in [low, high): the upper half of word · range (Lemire 2019, "Fast random integer
 * generation in an interval"). 2³² mod range of the words would make some integers likelier: their
 * lower half is small. Such a word is replaced by the same word of a spare block, whose third
 * counter is the number of the attempt: so n elements always take ⌈n/4⌉ blocks.
 */
export function randint(
  out: usize, n: i32, low: i32, high: i32, key0: u32, key1: u32, counter: f64,
): void {
  const range = <u64><u32>(high - low), surplus = <u32>((<u64>1 << 32) % range),
    again = words() + 16
  for (let i = 0, block = <u64>counter; i < n; block++) {
    draw(words(), key0, key1, block)
    for (let at: usize = 0; at < 16 && i < n; i++, at += 4, out += 4) {
      let product = <u64>load<u32>(words() + at) * range
      for (let t: u32 = 1; <u32>product < surplus; t++) {
        draw(again, key0, key1, block, t)
        product = <u64>load<u32>(again + at) * range
      }
      store<i32>(out, low + <i32>(product >> 32))
    }
  }
}
