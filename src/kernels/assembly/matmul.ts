// out (m, n) [+]= op(a) · op(b): panels packed into fixed scratch, then one register-blocked kernel for all transposes (Goto & van de Geijn 2008).
import { PANELS, scratch } from './scratch'
import { edgeTile, finish, madd, MR, NR, setRows, tileOf } from './tiles'
import { lanes, loadNext, loadPart, storeNext, sumLanes, transpose, zero } from './vector'

// A strip of op(b) (KC, NR) fits the first-level cache, a block of op(a) (MC, KC) the second.
const MC: i32 = 256
const KC: i32 = 256
const NC: i32 = 1024
/** The bytes of scratch that an instance needs. */
export const scratchBytes: usize = PANELS + (MC + NC) * KC * 8

/** Takes tiles of 4 rows instead of 2: the same bits, faster or slower as the engine compiles them. */
export function useTallTiles(on: i32): void { setRows(on ? 4 : 2) }

/** dst (strips, depth, width) ← `count` lines of src in strips of `width`, the last padded with zeros; element p of line i is src[i·line + p·step]. */
function pack<T>(dst: usize, src: usize, width: i32, count: i32, depth: i32, line: i32, step: i32): void {
  const size = sizeof<T>(), lineBytes: usize = line * size, stepBytes: usize = step * size, widthBytes: usize = width * size
  for (let i = 0; i < count; i += width) {
    if (i + width > count) packPart<T>(dst, src, width, min(width, count - i), 0, depth, lineBytes, stepBytes)
    else if (line == 1) {
      let from = src, to = dst
      for (let p = 0; p < depth; p++) {
        for (let at: usize = 0; at < widthBytes; at += 16) v128.store(to + at, v128.load(from + at))
        from += stepBytes
        to += widthBytes
      }
    } else {
      const whole = depth & ~(lanes<T>() - 1)
      for (let w = 0; w < width; w += lanes<T>()) {
        let from = src + w * lineBytes, to = dst + w * size
        for (let p = 0; p < whole; p += lanes<T>()) {
          transpose<T>(to, widthBytes, from, lineBytes)
          from += 16
          to += lanes<T>() * widthBytes
        }
      }
      packPart<T>(dst, src, width, width, whole, depth, lineBytes, stepBytes)
    }
    src += width * lineBytes
    dst += depth * widthBytes
  }
}

/** The same for strips of two numbers of 4 bytes, moved as pairs: `line` or `step` is 1. */
function packPairs(dst: usize, src: usize, count: i32, depth: i32, line: i32, step: i32): void {
  const lineBytes: usize = line * 4, stepBytes: usize = step * 4, stripBytes: usize = depth * 8
  const whole = depth & (line == 1 ? ~1 : ~3)
  let i = 0
  if (line == 1) {
    // A cache line of src at a time, or what is left of it.
    for (let vectors = 4; i + 4 <= count; i += 4 * vectors) {
      vectors = min((count - i) / 4, 4)
      for (let p = 0; p < whole; p += 2) {
        let from = src + i * 4 + p * stepBytes, to = dst + (i / 2) * stripBytes + p * 8
        for (let v = 0; v < vectors; v++) {
          const x = v128.load(from), y = v128.load(from + stepBytes)
          v128.store(to, v128.shuffle<f64>(x, y, 0, 2))
          v128.store(to + stripBytes, v128.shuffle<f64>(x, y, 1, 3))
          from += 16
          to += 2 * stripBytes
        }
      }
    }
  } else {
    for (; i + 2 <= count; i += 2) {
      let from = src + i * lineBytes, to = dst + (i / 2) * stripBytes
      for (let p = 0; p < whole; p += 4) {
        const x = v128.load(from), y = v128.load(from + lineBytes)
        v128.store(to, v128.shuffle<f32>(x, y, 0, 4, 1, 5))
        v128.store(to, v128.shuffle<f32>(x, y, 2, 6, 3, 7), 16)
        from += 16
        to += 32
      }
    }
  }
  for (let j = 0; j < count; j += 2) packPart<f32>(dst + (j / 2) * stripBytes, src + j * lineBytes, 2, min(2, count - j), j < i ? whole : 0, depth, lineBytes, stepBytes)
}

/** One strip, number by number, from depth `start` on. */
function packPart<T>(dst: usize, src: usize, width: i32, lines: i32, start: i32, depth: i32, lineBytes: usize, stepBytes: usize): void {
  for (let p = start; p < depth; p++) {
    const to = dst + p * width * sizeof<T>()
    for (let w = 0; w < lines; w++) store<T>(to + w * sizeof<T>(), load<T>(src + w * lineBytes + p * stepBytes))
    for (let w = lines; w < width; w++) store<T>(to + w * sizeof<T>(), 0)
  }
}

/** The row x (k) times n columns of b, whose rows are `row` elements apart: 8 vectors of the result at a time. */
function rowTimes<T>(out: usize, x: usize, b: usize, n: i32, k: i32, row: i32, add: bool): void {
  const step: usize = row * sizeof<T>()
  let j = n
  for (; j >= 8 * lanes<T>(); j -= 8 * lanes<T>()) {
    let y0 = zero(), y1 = zero(), y2 = zero(), y3 = zero(), y4 = zero(), y5 = zero(), y6 = zero(), y7 = zero()
    for (let p = 0, at = b; p < k; p++, at += step) {
      const s = v128.load_splat<T>(x + p * sizeof<T>())
      y0 = madd<T>(y0, s, v128.load(at))
      y1 = madd<T>(y1, s, v128.load(at, 16))
      y2 = madd<T>(y2, s, v128.load(at, 32))
      y3 = madd<T>(y3, s, v128.load(at, 48))
      y4 = madd<T>(y4, s, v128.load(at, 64))
      y5 = madd<T>(y5, s, v128.load(at, 80))
      y6 = madd<T>(y6, s, v128.load(at, 96))
      y7 = madd<T>(y7, s, v128.load(at, 112))
    }
    finish<T>(out, y0, y1, add)
    finish<T>(out + 32, y2, y3, add)
    finish<T>(out + 64, y4, y5, add)
    finish<T>(out + 96, y6, y7, add)
    out += 128
    b += 128
  }
  for (; j > 0; j -= lanes<T>()) {
    let y = add ? loadNext<T>(out, j, zero()) : zero()
    for (let p = 0, at = b; p < k; p++, at += step) y = madd<T>(y, v128.load_splat<T>(x + p * sizeof<T>()), loadNext<T>(at, j, zero()))
    storeNext<T>(out, y, j)
    out += 16
    b += 16
  }
}

/** The row x (k) times bᵀ, b (n, k): dot products, four rows of b at a time. */
function rowTimesTransposed<T>(out: usize, x: usize, b: usize, n: i32, k: i32, add: bool): void {
  const step: usize = k * sizeof<T>()
  for (let j = 0; j < n; j += 4) {
    // Where fewer than four rows remain, the last one is read again and its result dropped.
    const last = n - 1 - j
    let b0 = b, b1 = b + <usize>min(1, last) * step, b2 = b + <usize>min(2, last) * step, b3 = b + <usize>min(3, last) * step
    let y0 = zero(), y1 = zero(), y2 = zero(), y3 = zero()
    let at = x, p = k
    for (; p >= lanes<T>(); p -= lanes<T>(), at += 16, b0 += 16, b1 += 16, b2 += 16, b3 += 16) {
      const s = v128.load(at)
      y0 = madd<T>(y0, s, v128.load(b0))
      y1 = madd<T>(y1, s, v128.load(b1))
      y2 = madd<T>(y2, s, v128.load(b2))
      y3 = madd<T>(y3, s, v128.load(b3))
    }
    if (p > 0) {
      const s = loadPart<T>(at, p, zero())
      y0 = madd<T>(y0, s, loadPart<T>(b0, p, zero()))
      y1 = madd<T>(y1, s, loadPart<T>(b1, p, zero()))
      y2 = madd<T>(y2, s, loadPart<T>(b2, p, zero()))
      y3 = madd<T>(y3, s, loadPart<T>(b3, p, zero()))
    }
    put<T>(out, y0, add)
    if (last > 0) put<T>(out + sizeof<T>(), y1, add)
    if (last > 1) put<T>(out + 2 * sizeof<T>(), y2, add)
    if (last > 2) put<T>(out + 3 * sizeof<T>(), y3, add)
    out += 4 * sizeof<T>()
    b += 4 * step
  }
}

// @ts-ignore: decorator
@inline function put<T>(out: usize, y: v128, add: bool): void {
  const sum = sumLanes<T>(y)
  store<T>(out, <T>(add ? <f64>load<T>(out) + sum : sum))
}

/** Numbers from one block of columns of a packed operand to the next: whole strips. */
// @ts-ignore: decorator
@inline function strips<T>(width: i32): i32 { return (width + NR<T>() - 1) / NR<T>() * NR<T>() }

/** The elements that op(b) (k, n) takes once packed. */
export function packedLength<T>(n: i32, k: i32): i32 { return strips<T>(n) * k }

/** dst ← op(b) (k, n) as the blocked product reads it, to be used for many products. */
export function packOperand<T>(dst: usize, b: usize, n: i32, k: i32, transB: i32): void {
  const bRow = transB ? 1 : n, bCol = transB ? k : 1
  for (let jc = 0; jc < n; jc += NC) {
    for (let pc = 0; pc < k; pc += KC) {
      const width = min(NC, n - jc), depth = min(KC, k - pc)
      pack<T>(dst, b + (pc * bRow + jc * bCol) * sizeof<T>(), NR<T>(), width, depth, bCol, bRow)
      dst += strips<T>(width) * depth * sizeof<T>()
    }
  }
}

/** Rows i0 … i1 and columns j0 … j1 of the product. b is op(b) packed as a whole (`whole`), or packed here block by block. */
function blocked<T>(
  out: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: i32, transB: i32, accumulate: i32, whole: bool,
  i0: i32, i1: i32, j0: i32, j1: i32,
): void {
  const size = sizeof<T>(), packedA = scratch + PANELS, packedB = packedA + MC * KC * 8
  const aRow = transA ? 1 : k, aCol = transA ? m : 1, bRow = transB ? 1 : n, bCol = transB ? k : 1
  for (let jc = j0 / NC * NC; jc < j1; jc += NC) {
    const first = max(jc, j0), width = min(jc + NC, j1) - first, all = strips<T>(min(NC, n - jc))
    let panel = whole ? b + jc * k * size : packedB
    for (let pc = 0; pc < k; pc += KC) {
      const depth = min(KC, k - pc), add = accumulate != 0 || pc > 0, here = whole ? panel + (first - jc) * depth * size : packedB
      if (!whole) pack<T>(packedB, b + (pc * bRow + first * bCol) * size, NR<T>(), width, depth, bCol, bRow)
      for (let ic = i0; ic < i1; ic += MC) {
        const height = min(MC, i1 - ic)
        if (MR == 2 && size == 4) packPairs(packedA, a + (ic * aRow + pc * aCol) * size, height, depth, aRow, aCol)
        else pack<T>(packedA, a + (ic * aRow + pc * aCol) * size, MR, height, depth, aRow, aCol)
        for (let j = 0; j < width; j += NR<T>()) {
          for (let i = 0; i < height; i += MR) {
            const c = out + ((ic + i) * n + first + j) * size, as = packedA + i * depth * size, bs = here + j * depth * size
            if (i + MR <= height && j + NR<T>() <= width) tileOf<T>(c, n * size, as, bs, depth, add)
            else edgeTile<T>(c, n * size, as, bs, depth, add, min(MR, height - i), min(NR<T>(), width - j))
          }
        }
      }
      panel += all * depth * size
    }
  }
}

/** Rows i0 … i1 and columns j0 … j1 of what matmulPacked computes, to the same bits; j0 is a multiple of 16. */
export function matmulPackedPart<T>(
  out: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: i32, accumulate: i32, i0: i32, i1: i32, j0: i32, j1: i32,
): void {
  blocked<T>(out, a, b, m, n, k, transA, 0, accumulate, true, i0, i1, j0, j1)
}

/** out (m, n) [+]= op(a) · op(b) for an op(b) (k, n) from packOperand. */
export function matmulPacked<T>(out: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: i32, accumulate: i32): void {
  blocked<T>(out, a, b, m, n, k, transA, 0, accumulate, true, 0, m, 0, n)
}

/** Rows i0 … i1 and columns j0 … j1 of what matmul computes, to the same bits; i0 and j0 are multiples of 32, k is not 0. */
export function matmulPart<T>(
  out: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: i32, transB: i32, accumulate: i32, i0: i32, i1: i32, j0: i32, j1: i32,
): void {
  const size = sizeof<T>(), add = accumulate != 0
  if (m == 1) {
    if (transB) rowTimesTransposed<T>(out + j0 * size, a, b + j0 * k * size, j1 - j0, k, add)
    else rowTimes<T>(out + j0 * size, a, b + j0 * size, j1 - j0, k, n, add)
  } else if (n == 1) {
    // The transposed product: bᵀ (1, k) · op(a)ᵀ (k, m).
    if (transA) rowTimes<T>(out + i0 * size, b, a + i0 * size, i1 - i0, k, m, add)
    else rowTimesTransposed<T>(out + i0 * size, b, a + i0 * k * size, i1 - i0, k, add)
  } else blocked<T>(out, a, b, m, n, k, transA, transB, accumulate, false, i0, i1, j0, j1)
}

/** out (m, n) [+]= op(a) · op(b), op(a) (m, k), op(b) (k, n); an operand with trans = 1 is stored transposed. */
export function matmul<T>(out: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: i32, transB: i32, accumulate: i32): void {
  if (k > 0) matmulPart<T>(out, a, b, m, n, k, transA, transB, accumulate, 0, m, 0, n)
  else if (!accumulate) memory.fill(out, 0, m * n * sizeof<T>())
}
