// Packs the operands of the matrix product in the order in which its tiles read them: in strips of
// a few rows or columns, with the depth as the slow axis. It multiplies nothing.
import { MR, stripWidth } from './tiles'
import { lanes, transpose } from './vector'

/**
 * dst (depth, width) ← a strip of `lines` lines of src, padded with zeros to `width`; element p of
 * line i is src[i·line + p·step].
 */
export function packStrip<T>(
  dst: usize, src: usize, width: i32, lines: i32, depth: i32, line: i32, step: i32,
): void {
  const size = sizeof<T>(), lineBytes: usize = line * size, stepBytes: usize = step * size,
    widthBytes: usize = width * size
  let whole = 0
  if (lines == width && line == 1) {
    whole = depth
    let from = src, to = dst
    for (let p = 0; p < whole; p++) {
      for (let at: usize = 0; at < widthBytes; at += 16) v128.store(to + at, v128.load(from + at))
      from += stepBytes
      to += widthBytes
    }
  } else if (lines == width) {
    whole = depth & ~(lanes<T>() - 1)
    for (let w = 0; w < width; w += lanes<T>()) {
      let from = src + w * lineBytes, to = dst + w * size
      for (let p = 0; p < whole; p += lanes<T>()) {
        transpose<T>(to, widthBytes, from, lineBytes)
        from += 16
        to += lanes<T>() * widthBytes
      }
    }
  }
  packPart<T>(dst, src, width, lines, whole, depth, lineBytes, stepBytes)
}

/** The same one number at a time, from depth `start` on. */
function packPart<T>(
  dst: usize, src: usize, width: i32, lines: i32, start: i32, depth: i32, lineBytes: usize,
  stepBytes: usize,
): void {
  for (let p = start; p < depth; p++) {
    const to = dst + p * width * sizeof<T>()
    for (let w = 0; w < lines; w++) {
      store<T>(to + w * sizeof<T>(), load<T>(src + w * lineBytes + p * stepBytes))
    }
    for (let w = lines; w < width; w++) store<T>(to + w * sizeof<T>(), 0)
  }
}

/** dst ← `count` rows of src, numbers of 4 bytes, in strips of two rows; `line` or `step` is 1. */
function packPairs(dst: usize, src: usize, count: i32, depth: i32, line: i32, step: i32): void {
  const lineBytes: usize = line * 4, stepBytes: usize = step * 4, stripBytes: usize = depth * 8
  const whole = depth & (line == 1 ? ~1 : ~3)
  let i = 0
  if (line == 1) {
    // Reads src once in order, which a processor prefetches, so that it is in a cache below.
    for (let p = 0; p < depth; p++) {
      const from = src + p * stepBytes, end = from + 4 * count
      for (let at = from; at < end; at += 64) load<i32>(at)
    }
    // A cache line of src at a time, or its rest.
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
  for (let j = 0; j < count; j += 2) {
    packPart<f32>(dst + (j / 2) * stripBytes, src + j * lineBytes, 2, min(2, count - j),
      j < i ? whole : 0, depth, lineBytes, stepBytes)
  }
}

/** dst ← `count` rows of src in strips of MR rows. */
export function packRows<T>(
  dst: usize, src: usize, count: i32, depth: i32, line: i32, step: i32,
): void {
  if (MR == 2 && sizeof<T>() == 4) return packPairs(dst, src, count, depth, line, step)
  for (let i = 0; i < count; i += MR) {
    packStrip<T>(dst + i * depth * sizeof<T>(), src + i * line * sizeof<T>(), MR,
      min(MR, count - i), depth, line, step)
  }
}

/** dst ← `count` columns of src in strips of stripWidth columns. Returns the end of dst. */
export function packColumns<T>(
  dst: usize, src: usize, count: i32, depth: i32, line: i32, step: i32,
): usize {
  const whole = line == 1 ? packWholeStrips<T>(dst, src, count, depth, step) : 0
  for (let j = 0, width = 0; j < count; j += width) {
    width = stripWidth<T>(count - j)
    if (j >= whole) {
      packStrip<T>(dst, src + j * line * sizeof<T>(), width, min(width, count - j), depth, line,
        step)
    }
    dst += width * depth * sizeof<T>()
  }
  return dst
}

/**
 * The same row by row for contiguous columns, so that memory is read in order, and for whole strips
 * only. Returns the number of columns that were packed.
 */
function packWholeStrips<T>(dst: usize, src: usize, count: i32, depth: i32, step: i32): i32 {
  let whole = 0
  let width = stripWidth<T>(count)
  while (whole + width <= count) {
    whole += width
    width = stripWidth<T>(count - whole)
  }
  for (let p = 0; p < depth; p++) {
    let from = src + p * step * sizeof<T>(), strip = dst
    for (let j = 0, width = 0; j < whole; j += width) {
      width = stripWidth<T>(count - j)
      const bytes: usize = width * sizeof<T>()
      for (let to = strip + p * bytes, end = to + bytes; to != end; to += 32, from += 32) {
        v128.store(to, v128.load(from))
        v128.store(to, v128.load(from, 16), 16)
      }
      strip += depth * bytes
    }
  }
  return whole
}
