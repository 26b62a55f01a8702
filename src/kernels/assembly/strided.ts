// Copies and additions with strides (in elements, also 0 or negative), and with int32 indices that
// the caller has checked.
import { Add, row as pairRow } from './pairs'
import { lanes, transpose } from './vector'

// @ts-ignore: decorator
@inline function copyRun<T>(dst: usize, src: usize, n: i32): void {
  let rest = n
  if (<u32>n * sizeof<T>() >= 512) {
    memory.copy(dst, src, <usize>n * sizeof<T>())
    return
  }
  for (; rest >= lanes<T>(); rest -= lanes<T>()) {
    v128.store(dst, v128.load(src))
    dst += 16
    src += 16
  }
  for (; rest > 0; rest--) {
    store<T>(dst, load<T>(src))
    dst += sizeof<T>()
    src += sizeof<T>()
  }
}

/** dst (rows, cols) ← src (cols, rows)ᵀ, both with contiguous rows, in squares of lanes × lanes. */
function copyTransposed<T>(
  dst: usize, src: usize, rows: i32, cols: i32, dstRow: usize, srcRow: usize,
): void {
  for (let i = 0; i < rows; i += lanes<T>()) {
    const height = min(lanes<T>(), rows - i)
    for (let j = 0; j < cols; j += lanes<T>()) {
      const width = min(lanes<T>(), cols - j)
      const to = dst + i * dstRow + j * sizeof<T>(), from = src + j * srcRow + i * sizeof<T>()
      if (sizeof<T>() > 1 && height == lanes<T>() && width == lanes<T>()) {
        transpose<T>(to, dstRow, from, srcRow)
      } else {
        for (let r = 0; r < height; r++) {
          for (let c = 0; c < width; c++) {
            store<T>(to + r * dstRow + c * sizeof<T>(),
              load<T>(from + c * srcRow + r * sizeof<T>()))
          }
        }
      }
    }
  }
}

function copy<T>(
  dst: usize, src: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  d0: isize, d1: isize, d2: isize, d3: isize, s0: isize, s1: isize, s2: isize, s3: isize,
): void {
  const size = sizeof<T>()
  for (let i = 0; i < n0; i++) {
    for (let j = 0; j < n1; j++) {
      let to = dst + (i * d0 + j * d1) * size, from = src + (i * s0 + j * s1) * size
      if (d3 == 1 && s2 == 1 && n2 > 1 && n3 > 1) {
        copyTransposed<T>(to, from, n2, n3, d2 * size, s3 * size)
      } else if (d2 == 1 && s3 == 1 && n2 > 1 && n3 > 1) {
        copyTransposed<T>(to, from, n3, n2, d3 * size, s2 * size)
      } else {
        for (let k = 0; k < n2; k++) {
          if (d3 == 1 && s3 == 1) copyRun<T>(to, from, n3)
          else for (let l = 0, p = to, q = from; l < n3; l++, p += d3 * size, q += s3 * size) {
            store<T>(p, load<T>(q))
          }
          to += d2 * size
          from += s2 * size
        }
      }
    }
  }
}

export function copyStrided(
  itemSize: i32, dst: usize, src: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  d0: isize, d1: isize, d2: isize, d3: isize, s0: isize, s1: isize, s2: isize, s3: isize,
): void {
  if (itemSize == 1) copy<u8>(dst, src, n0, n1, n2, n3, d0, d1, d2, d3, s0, s1, s2, s3)
  else if (itemSize == 4) copy<u32>(dst, src, n0, n1, n2, n3, d0, d1, d2, d3, s0, s1, s2, s3)
  else copy<u64>(dst, src, n0, n1, n2, n3, d0, d1, d2, d3, s0, s1, s2, s3)
}

/** out[i] ← table[index[i]] */
export function copyRows(out: usize, table: usize, index: usize, n: i32, rowBytes: i32): void {
  for (let i = 0; i < n; i++) {
    copyRun<u8>(out + i * rowBytes, table + load<i32>(index + 4 * i) * rowBytes, rowBytes)
  }
}

// @ts-ignore: decorator
@inline function addRun<T>(dst: usize, src: usize, n: i32): void {
  pairRow<T, Add<T>>(dst, dst, src, n, 1, 1)
}

/** dst += src */
export function addStrided<T>(
  dst: usize, src: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  d0: isize, d1: isize, d2: isize, d3: isize, s0: isize, s1: isize, s2: isize, s3: isize,
): void {
  const size = sizeof<T>()
  for (let i = 0; i < n0; i++) {
    for (let j = 0; j < n1; j++) {
      let to = dst + (i * d0 + j * d1) * size, from = src + (i * s0 + j * s1) * size
      for (let k = 0; k < n2; k++) {
        if (d3 == 1 && s3 == 1) addRun<T>(to, from, n3)
        else for (let l = 0, p = to, q = from; l < n3; l++, p += d3 * size, q += s3 * size) {
          store<T>(p, load<T>(p) + load<T>(q))
        }
        to += d2 * size
        from += s2 * size
      }
    }
  }
}

/** dst[index[i]] += src[i] */
export function scatterAddRows<T>(
  dst: usize, src: usize, index: usize, n: i32, rowLength: i32,
): void {
  const bytes: usize = rowLength * sizeof<T>()
  for (let i = 0; i < n; i++) {
    addRun<T>(dst + load<i32>(index + 4 * i) * bytes, src + i * bytes, rowLength)
  }
}

/** out[o, j, i] ← a[o, index[o, j, i], i] */
export function gather<T>(
  out: usize, a: usize, index: usize, outer: i32, nOut: i32, nIn: i32, inner: i32,
): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < nOut; j++) {
      for (let i = 0; i < inner; i++) {
        store<T>(out, load<T>(a + (load<i32>(index) * inner + i) * sizeof<T>()))
        out += sizeof<T>()
        index += 4
      }
    }
    a += nIn * inner * sizeof<T>()
  }
}

/** dst[o, index[o, j, i], i] += src[o, j, i] */
export function gatherAdd<T>(
  dst: usize, src: usize, index: usize, outer: i32, nOut: i32, nIn: i32, inner: i32,
): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < nOut; j++) {
      for (let i = 0; i < inner; i++) {
        const p = dst + (load<i32>(index) * inner + i) * sizeof<T>()
        store<T>(p, load<T>(p) + load<T>(src))
        src += sizeof<T>()
        index += 4
      }
    }
    dst += nIn * inner * sizeof<T>()
  }
}
