// out (m, n) [+]= op(a) · op(b): blocks of both operands are packed into scratch, and the same
// tiles multiply them for all transposes (Goto & van de Geijn 2008).
import { packColumns, packRows, packStrip } from './panels'
import { PANELS, scratch } from './scratch'
import { finish, madd, MR, partOfTile, setRows, stripWidth } from './tiles'
import { lanes, loadNext, loadPart, storeNext, sumLanes, zero } from './vector'

// A strip of op(b) (depth KC) fits the first-level cache, a block of op(a) (MC, KC) the second. NC
// is a multiple of every strip's width.
const MC: i32 = 256
const KC: i32 = 256
const NC: i32 = 1056
/** The bytes of an instance's scratch. */
export const scratchBytes: usize = PANELS + (MC + NC) * KC * 8

/**
 * Uses tiles of 4 rows instead of 2, for the same bits. Operands packed before have other strips.
 */
export function useTallTiles(on: i32): void { setRows(on ? 4 : 2) }

/** The row x (k) times n columns of b, whose rows are `row` elements apart: 8 vectors at a time. */
function rowTimes<T>(out: usize, x: usize, b: usize, n: i32, k: i32, row: i32, add: bool): void {
  const step: usize = row * sizeof<T>()
  let j = n
  for (; j >= 8 * lanes<T>(); j -= 8 * lanes<T>()) {
    let y0 = zero(), y1 = zero(), y2 = zero(), y3 = zero()
    let y4 = zero(), y5 = zero(), y6 = zero(), y7 = zero()
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
    for (let p = 0, at = b; p < k; p++, at += step) {
      y = madd<T>(y, v128.load_splat<T>(x + p * sizeof<T>()), loadNext<T>(at, j, zero()))
    }
    storeNext<T>(out, y, j)
    out += 16
    b += 16
  }
}

/** The row x (k) times bᵀ, b (n, k): dot products with four rows of b at a time. */
function rowTimesTransposed<T>(out: usize, x: usize, b: usize, n: i32, k: i32, add: bool): void {
  const step: usize = k * sizeof<T>()
  for (let j = 0; j < n; j += 4) {
    // Where fewer than four rows remain, the last one is read again, and the result is not used.
    const last = n - 1 - j
    let b0 = b, b1 = b + <usize>min(1, last) * step, b2 = b + <usize>min(2, last) * step,
      b3 = b + <usize>min(3, last) * step
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

/** The elements of op(b) (k, n) when it is packed. */
export function packedLength<T>(n: i32, k: i32): i32 {
  let columns = 0
  while (columns < n) columns += stripWidth<T>(n - columns)
  return columns * k
}

/** dst ← op(b) (k, n), packed for many products. */
export function packOperand<T>(dst: usize, b: usize, n: i32, k: i32, transB: i32): void {
  const bRow = transB ? 1 : n, bCol = transB ? k : 1
  for (let jc = 0; jc < n; jc += NC) {
    for (let pc = 0; pc < k; pc += KC) {
      dst = packColumns<T>(dst, b + (pc * bRow + jc * bCol) * sizeof<T>(), min(NC, n - jc),
        min(KC, k - pc), bCol, bRow)
    }
  }
}

/**
 * Rows i0 … i1 and columns j0 … j1 of the product. b is packed here block by block; or, if `whole`,
 * it is packed already, and its strips that begin at j0 … j1 are used.
 */
function blocked<T>(
  out: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: i32, transB: i32, accumulate: i32,
    whole: bool,
  i0: i32, i1: i32, j0: i32, j1: i32,
): void {
  const size = sizeof<T>(), packedA = scratch + PANELS, packedB = packedA + MC * KC * 8
  const aRow = transA ? 1 : k, aCol = transA ? m : 1, bRow = transB ? 1 : n, bCol = transB ? k : 1
  const columns = whole ? n : j1
  for (let jc = whole ? j0 / NC * NC : j0; jc < j1; jc += NC) {
    const right = min(jc + NC, columns)
    let panel = whole ? b + jc * k * size : packedB, strip = panel
    for (let pc = 0; pc < k; pc += KC) {
      const depth = min(KC, k - pc), add = accumulate != 0 || pc > 0
      if (!whole) {
        packColumns<T>(packedB, b + (pc * bRow + jc * bCol) * size, right - jc, depth, bCol, bRow)
      }
      for (let ic = i0; ic < i1; ic += MC) {
        const height = min(MC, i1 - ic)
        packRows<T>(packedA, a + (ic * aRow + pc * aCol) * size, height, depth, aRow, aCol)
        strip = panel
        for (let j = jc, width = 0; j < right; j += width) {
          width = stripWidth<T>(right - j)
          if (j >= j0 && j < j1) {
            for (let i = 0; i < height; i += MR) {
              const c = out + ((ic + i) * n + j) * size
              partOfTile<T>(width, c, n * size, packedA + i * depth * size, size, MR * size, strip,
                width * size, depth, add, height - i, right - j)
            }
          }
          strip += width * depth * size
        }
      }
      if (whole) panel = strip
    }
  }
}

/**
 * Whether packing costs more than it saves: for few rows, or small products with short rows of b.
 */
// @ts-ignore: decorator
@inline function isSmall<T>(m: i32, n: i32, k: i32): bool {
  return k <= KC && (m <= 8 || (n * sizeof<T>() <= 2048 && <i64>m * n * k <= 1 << 21))
}

/**
 * The same for op(a) = a and op(b) = b, read in place; only columns of no whole strip are packed.
 */
function direct<T>(
  out: usize, a: usize, b: usize, n: i32, k: i32, add: bool, i0: i32, i1: i32, j0: i32, j1: i32,
): void {
  const size = sizeof<T>(), row: usize = n * size, line: usize = k * size
  for (let j = j0, width = 0; j < j1; j += width) {
    width = stripWidth<T>(j1 - j)
    const whole = j + width <= j1, strip = whole ? b + j * size : scratch + PANELS,
      step: usize = whole ? row : width * size
    if (!whole) packStrip<T>(strip, b + j * size, width, j1 - j, k, 1, n)
    for (let i = i0; i < i1; i += 2) {
      partOfTile<T>(width, out + i * row + j * size, row, a + i * line, i + 1 < i1 ? line : 0, size,
        strip, step, k, add, i1 - i, j1 - j)
    }
  }
}

/** Rows i0 … i1 of matmulPacked, with the same bits, and the strips that begin at j0 … j1. */
export function matmulPackedPart<T>(
  out: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: i32, accumulate: i32, i0: i32,
    i1: i32, j0: i32, j1: i32,
): void {
  blocked<T>(out, a, b, m, n, k, transA, 0, accumulate, true, i0, i1, j0, j1)
}

/** out (m, n) [+]= op(a) · op(b) for an op(b) (k, n) from packOperand. */
export function matmulPacked<T>(
  out: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: i32, accumulate: i32,
): void {
  blocked<T>(out, a, b, m, n, k, transA, 0, accumulate, true, 0, m, 0, n)
}

/**
 * Rows i0 … i1 and columns j0 … j1 of matmul, with the same bits; i0 and j0 are multiples of 32, k
 * is not 0.
 */
export function matmulPart<T>(
  out: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: i32, transB: i32, accumulate: i32,
    i0: i32, i1: i32, j0: i32, j1: i32,
): void {
  const size = sizeof<T>(), add = accumulate != 0
  if (m == 1) {
    if (transB) rowTimesTransposed<T>(out + j0 * size, a, b + j0 * k * size, j1 - j0, k, add)
    else rowTimes<T>(out + j0 * size, a, b + j0 * size, j1 - j0, k, n, add)
  } else if (n == 1) {
    // The transposed product: bᵀ (1, k) · op(a)ᵀ (k, m).
    if (transA) rowTimes<T>(out + i0 * size, b, a + i0 * size, i1 - i0, k, m, add)
    else rowTimesTransposed<T>(out + i0 * size, b, a + i0 * k * size, i1 - i0, k, add)
  } else if (MR == 2 && !transA && !transB && isSmall<T>(m, n, k)) {
    direct<T>(out, a, b, n, k, add, i0, i1, j0, j1)
  } else blocked<T>(out, a, b, m, n, k, transA, transB, accumulate, false, i0, i1, j0, j1)
}

/**
 * out (m, n) [+]= op(a) · op(b), op(a) (m, k), op(b) (k, n); an operand with trans = 1 is stored
 * transposed.
 */
export function matmul<T>(
  out: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: i32, transB: i32, accumulate: i32,
): void {
  if (k > 0) matmulPart<T>(out, a, b, m, n, k, transA, transB, accumulate, 0, m, 0, n)
  else if (!accumulate) memory.fill(out, 0, m * n * sizeof<T>())
}
