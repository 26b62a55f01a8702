// The tiles of the matrix product: a few rows and a few vectors of columns, which stay in registers
// over the whole depth. panels.ts packs their operands, and matmul.ts has the loops around them.
import { EDGE, scratch } from './scratch'
import { lanes, loadNext, storeNext, zero } from './vector'

/** Rows of a tile: 2, or 4 where V8 combines two registers into one of 256 bits. */
export let MR: i32 = 2
export function setRows(rows: i32): void { MR = rows }

/**
 * Columns of the next strip, where `rest` are left: six vectors, and at the end one or two strips
 * of four, so that few columns are computed for nothing. Tiles of 4 rows and products that are not
 * fused need more registers, and have strips of four vectors only.
 */
// @ts-ignore: decorator
@inline export function stripWidth<T>(rest: i32): i32 {
  const wide = ASC_FEATURE_RELAXED_SIMD && MR == 2 &&
    (rest > 8 * lanes<T>() || (rest > 4 * lanes<T>() && rest <= 6 * lanes<T>()))
  return (wide ? 6 : 4) * lanes<T>()
}

// @ts-ignore: decorator
@inline export function finish<T>(c: usize, x: v128, y: v128, add: bool): void {
  v128.store(c, add ? v128.add<T>(v128.load(c), x) : x)
  v128.store(c, add ? v128.add<T>(v128.load(c, 16), y) : y, 16)
}

/** c + a·b; with relaxed SIMD it is rounded once where the processor can do so. */
// @ts-ignore: decorator
@inline export function madd<T>(c: v128, a: v128, b: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? v128.relaxed_madd<T>(a, b, c)
    : v128.add<T>(c, v128.mul<T>(a, b))
}

/**
 * c (2, six vectors), its rows `step` bytes apart, from numbers of op(a) `aRow` bytes apart and
 * vectors of op(b); the next step of depth is `aStep` and `bStep` bytes further. Twelve
 * accumulators keep two multipliers busy, and with x, y and z they fill the fifteen registers that
 * V8 allocates. The exits are never taken, because no operand ends at an odd address: they keep V8
 * from loading every z before it multiplies any, for which there are no registers.
 */
export function wideTile<T>(
  c: usize, step: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, depth: i32,
  add: bool,
): void {
  let c00 = zero(), c01 = zero(), c02 = zero(), c03 = zero(), c04 = zero(), c05 = zero()
  let c10 = zero(), c11 = zero(), c12 = zero(), c13 = zero(), c14 = zero(), c15 = zero()
  const end = b + bStep * depth
  let x: v128, y: v128, z: v128
  for (;;) {
    x = v128.load_splat<T>(a), y = v128.load_splat<T>(a + aRow)
    z = v128.load(b), c00 = madd<T>(c00, x, z), c10 = madd<T>(c10, y, z)
    if (end == 1) break
    z = v128.load(b, 16), c01 = madd<T>(c01, x, z), c11 = madd<T>(c11, y, z)
    if (end == 3) break
    z = v128.load(b, 32), c02 = madd<T>(c02, x, z), c12 = madd<T>(c12, y, z)
    if (end == 5) break
    z = v128.load(b, 48), c03 = madd<T>(c03, x, z), c13 = madd<T>(c13, y, z)
    if (end == 7) break
    z = v128.load(b, 64), c04 = madd<T>(c04, x, z), c14 = madd<T>(c14, y, z)
    if (end == 9) break
    z = v128.load(b, 80), c05 = madd<T>(c05, x, z), c15 = madd<T>(c15, y, z)
    a += aStep
    b += bStep
    if (b == end) break
    x = v128.load_splat<T>(a), y = v128.load_splat<T>(a + aRow)
    z = v128.load(b), c00 = madd<T>(c00, x, z), c10 = madd<T>(c10, y, z)
    if (end == 11) break
    z = v128.load(b, 16), c01 = madd<T>(c01, x, z), c11 = madd<T>(c11, y, z)
    if (end == 13) break
    z = v128.load(b, 32), c02 = madd<T>(c02, x, z), c12 = madd<T>(c12, y, z)
    if (end == 15) break
    z = v128.load(b, 48), c03 = madd<T>(c03, x, z), c13 = madd<T>(c13, y, z)
    if (end == 17) break
    z = v128.load(b, 64), c04 = madd<T>(c04, x, z), c14 = madd<T>(c14, y, z)
    if (end == 19) break
    z = v128.load(b, 80), c05 = madd<T>(c05, x, z), c15 = madd<T>(c15, y, z)
    a += aStep
    b += bStep
    if (b == end) break
  }
  finish<T>(c, c00, c01, add)
  finish<T>(c + 32, c02, c03, add)
  finish<T>(c + 64, c04, c05, add)
  finish<T>(c + step, c10, c11, add)
  finish<T>(c + step + 32, c12, c13, add)
  finish<T>(c + step + 64, c14, c15, add)
}

/** The same for four vectors of columns, for whose loads there are registers. */
function tile<T>(
  c: usize, step: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, depth: i32,
  add: bool,
): void {
  let c00 = zero(), c01 = zero(), c02 = zero(), c03 = zero()
  let c10 = zero(), c11 = zero(), c12 = zero(), c13 = zero()
  const end = b + bStep * depth
  let x: v128, y: v128, z: v128
  for (;;) {
    x = v128.load_splat<T>(a), y = v128.load_splat<T>(a + aRow)
    z = v128.load(b), c00 = madd<T>(c00, x, z), c10 = madd<T>(c10, y, z)
    z = v128.load(b, 16), c01 = madd<T>(c01, x, z), c11 = madd<T>(c11, y, z)
    z = v128.load(b, 32), c02 = madd<T>(c02, x, z), c12 = madd<T>(c12, y, z)
    z = v128.load(b, 48), c03 = madd<T>(c03, x, z), c13 = madd<T>(c13, y, z)
    a += aStep
    b += bStep
    if (b == end) break
    x = v128.load_splat<T>(a), y = v128.load_splat<T>(a + aRow)
    z = v128.load(b), c00 = madd<T>(c00, x, z), c10 = madd<T>(c10, y, z)
    z = v128.load(b, 16), c01 = madd<T>(c01, x, z), c11 = madd<T>(c11, y, z)
    z = v128.load(b, 32), c02 = madd<T>(c02, x, z), c12 = madd<T>(c12, y, z)
    z = v128.load(b, 48), c03 = madd<T>(c03, x, z), c13 = madd<T>(c13, y, z)
    a += aStep
    b += bStep
    if (b == end) break
  }
  finish<T>(c, c00, c01, add)
  finish<T>(c + 32, c02, c03, add)
  finish<T>(c + step, c10, c11, add)
  finish<T>(c + step + 32, c12, c13, add)
}

// @ts-ignore: decorator
@inline function addTo<T>(c: usize, x0: v128, x1: v128, x2: v128, x3: v128): void {
  const y0 = v128.add<T>(v128.load(c), x0), y1 = v128.add<T>(v128.load(c, 16), x1)
  const y2 = v128.add<T>(v128.load(c, 32), x2), y3 = v128.add<T>(v128.load(c, 48), x3)
  v128.store(c, y0), v128.store(c, y1, 16), v128.store(c, y2, 32), v128.store(c, y3, 48)
}

/**
 * The same for four rows: its sixteen accumulators fit only where V8 combines two registers into
 * one of 256 bits. V8 does so for neighbouring loads and stores without a branch between them:
 * therefore this tile always adds to c.
 */
export function tallTile<T>(c: usize, step: usize, a: usize, b: usize, depth: i32): void {
  const d = c + step, e = d + step, f = e + step
  let c00 = zero(), c01 = zero(), c02 = zero(), c03 = zero()
  let c10 = zero(), c11 = zero(), c12 = zero(), c13 = zero()
  let c20 = zero(), c21 = zero(), c22 = zero(), c23 = zero()
  let c30 = zero(), c31 = zero(), c32 = zero(), c33 = zero()
  const end = b + 64 * depth
  for (; b != end; b += 64) {
    const z0 = v128.load(b), z1 = v128.load(b, 16), z2 = v128.load(b, 32), z3 = v128.load(b, 48)
    let x = v128.load_splat<T>(a)
    c00 = madd<T>(c00, x, z0), c01 = madd<T>(c01, x, z1)
    c02 = madd<T>(c02, x, z2), c03 = madd<T>(c03, x, z3)
    x = v128.load_splat<T>(a, sizeof<T>())
    c10 = madd<T>(c10, x, z0), c11 = madd<T>(c11, x, z1)
    c12 = madd<T>(c12, x, z2), c13 = madd<T>(c13, x, z3)
    x = v128.load_splat<T>(a, 2 * sizeof<T>())
    c20 = madd<T>(c20, x, z0), c21 = madd<T>(c21, x, z1)
    c22 = madd<T>(c22, x, z2), c23 = madd<T>(c23, x, z3)
    x = v128.load_splat<T>(a, 3 * sizeof<T>())
    c30 = madd<T>(c30, x, z0), c31 = madd<T>(c31, x, z1)
    c32 = madd<T>(c32, x, z2), c33 = madd<T>(c33, x, z3)
    a += 4 * sizeof<T>()
  }
  addTo<T>(c, c00, c01, c02, c03)
  addTo<T>(d, c10, c11, c12, c13)
  addTo<T>(e, c20, c21, c22, c23)
  addTo<T>(f, c30, c31, c32, c33)
}

/** A tile of `width` columns and MR rows; four rows only from packed operands. */
// @ts-ignore: decorator
@inline function tileOf<T>(
  width: i32, c: usize, step: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize,
  depth: i32, add: bool,
): void {
  if (ASC_FEATURE_RELAXED_SIMD && width == 6 * lanes<T>()) {
    wideTile<T>(c, step, a, aRow, aStep, b, bStep, depth, add)
  } else if (MR == 2) tile<T>(c, step, a, aRow, aStep, b, bStep, depth, add)
  else {
    if (!add) for (let i = 0, row = c; i < 4; i++, row += step) memory.fill(row, 0, 64)
    tallTile<T>(c, step, a, b, depth)
  }
}

/** A tile that is larger than the rest of the product: computed in scratch, then copied in part. */
function edgeTile<T>(
  width: i32, c: usize, step: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize,
  depth: i32, add: bool, rows: i32, cols: i32,
): void {
  const edge = scratch + EDGE, row: usize = width * sizeof<T>()
  tileOf<T>(width, edge, row, a, aRow, aStep, b, bStep, depth, false)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j += lanes<T>()) {
      const p = c + i * step + j * sizeof<T>(), x = v128.load(edge + i * row + j * sizeof<T>())
      storeNext<T>(p, add ? v128.add<T>(loadNext<T>(p, cols - j, zero()), x) : x, cols - j)
    }
  }
}

/** Computes the part of a tile that lies in a product with `rows` and `cols` left. */
// @ts-ignore: decorator
@inline export function partOfTile<T>(
  width: i32, c: usize, step: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize,
  depth: i32, add: bool, rows: i32, cols: i32,
): void {
  if (rows >= MR && cols >= width) tileOf<T>(width, c, step, a, aRow, aStep, b, bStep, depth, add)
  else edgeTile<T>(width, c, step, a, aRow, aStep, b, bStep, depth, add, min(rows, MR),
    min(cols, width))
}
