// Softmax, log-softmax, log-sum-exp and cross-entropy along the rows of (rows, cols): each
// subtracts the row's largest number before it exponentiates. Rows of nothing but -Infinity give
// NaN.
import { dotLine, extremeLine, Largest, sumLine, total } from './lines'
import * as maths from './maths'
import { row as pairRow } from './pairs'
import { LOG_SUM, REDUCED, scratch } from './scratch'
import { run as mapRow } from './unary'
import { loadNext } from './vector'

// The result of reducing a row, repeated in a vector: the operators of a loop over the row read it
// here.
// @ts-ignore: decorator
@inline function reduceTo<T>(slot: usize, x: T): void {
  v128.store(scratch + slot, v128.splat<T>(x))
}

/** exp(x − largest) */
@unmanaged class Exponential<T> {
  @inline at(x: v128): v128 { return maths.exp<T>(v128.sub<T>(x, v128.load(scratch + REDUCED))) }
  @inline whole(a: usize, b: usize, offset: usize): v128 { return this.at(v128.load(a + offset)) }
  @inline next(a: usize, b: usize, rest: i32): v128 {
    return this.at(loadNext<T>(a, rest, v128.splat<T>(<T>-Infinity)))
  }
}
@unmanaged class Quotient<T> {
  @inline at(x: v128): v128 { return v128.div<T>(x, v128.load(scratch + REDUCED)) }
}
@unmanaged class Multiple<T> {
  @inline at(x: v128): v128 { return v128.mul<T>(x, v128.load(scratch + REDUCED)) }
}
@unmanaged class LogSoftmax<T> {
  @inline at(x: v128): v128 {
    return v128.sub<T>(v128.sub<T>(x, v128.load(scratch + REDUCED)), v128.load(scratch + LOG_SUM))
  }
}
/** y·(g − s) */
@unmanaged class SoftmaxGrad<T> {
  @inline at(g: v128, y: v128): v128 {
    return v128.mul<T>(y, v128.sub<T>(g, v128.load(scratch + REDUCED)))
  }
}
/** g − exp(y)·s */
@unmanaged class LogSoftmaxGrad<T> {
  @inline at(g: v128, y: v128): v128 {
    return v128.sub<T>(g, v128.mul<T>(maths.exp<T>(y), v128.load(scratch + REDUCED)))
  }
}

// @ts-ignore: decorator
@inline function largest<T>(a: usize, cols: i32): T { return extremeLine<T, Largest<T>>(a, cols) }

/** log Σ exp(a − the number in REDUCED) */
function logSumExpAbove<T>(a: usize, cols: i32): T {
  const sum = v128.splat<T>(<T>total<T, Exponential<T>>(a, a, cols))
  return v128.extract_lane<T>(maths.log<T>(sum), 0)
}

export function softmax<T>(out: usize, a: usize, rows: i32, cols: i32): void {
  for (let i = 0; i < rows; i++) {
    reduceTo<T>(REDUCED, largest<T>(a, cols))
    mapRow<T, Exponential<T>>(out, a, cols)
    reduceTo<T>(REDUCED, <T>sumLine<T>(out, cols))
    mapRow<T, Quotient<T>>(out, out, cols)
    a += cols * sizeof<T>()
    out += cols * sizeof<T>()
  }
}

export function logSoftmax<T>(out: usize, a: usize, rows: i32, cols: i32): void {
  for (let i = 0; i < rows; i++) {
    reduceTo<T>(REDUCED, largest<T>(a, cols))
    reduceTo<T>(LOG_SUM, logSumExpAbove<T>(a, cols))
    mapRow<T, LogSoftmax<T>>(out, a, cols)
    a += cols * sizeof<T>()
    out += cols * sizeof<T>()
  }
}

/** out (rows); an infinite largest number is the result itself. */
export function logSumExp<T>(out: usize, a: usize, rows: i32, cols: i32): void {
  for (let i = 0; i < rows; i++) {
    const most = largest<T>(a, cols)
    reduceTo<T>(REDUCED, most)
    store<T>(out, abs<T>(most) == <T>Infinity ? most : most + logSumExpAbove<T>(a, cols))
    a += cols * sizeof<T>()
    out += sizeof<T>()
  }
}

/** y·(g − Σ g·y) */
export function softmaxGrad<T>(out: usize, g: usize, y: usize, rows: i32, cols: i32): void {
  for (let i = 0; i < rows; i++) {
    reduceTo<T>(REDUCED, <T>dotLine<T>(g, y, cols))
    pairRow<T, SoftmaxGrad<T>>(out, g, y, cols, 1, 1)
    g += cols * sizeof<T>()
    y += cols * sizeof<T>()
    out += cols * sizeof<T>()
  }
}

/** g − exp(y)·Σ g */
export function logSoftmaxGrad<T>(out: usize, g: usize, y: usize, rows: i32, cols: i32): void {
  for (let i = 0; i < rows; i++) {
    reduceTo<T>(REDUCED, <T>sumLine<T>(g, cols))
    pairRow<T, LogSoftmaxGrad<T>>(out, g, y, cols, 1, 1)
    g += cols * sizeof<T>()
    y += cols * sizeof<T>()
    out += cols * sizeof<T>()
  }
}

/** out (rows) ← −w·log softmax(a)[target]; a row of weight 0 is not read. */
export function crossEntropy<T>(
  out: usize, a: usize, target: usize, w: usize, rows: i32, cols: i32,
): void {
  for (let i = 0; i < rows; i++) {
    const weight = load<T>(w)
    let loss: T = 0
    if (weight != 0) {
      const most = largest<T>(a, cols)
      reduceTo<T>(REDUCED, most)
      const hit = load<T>(a + load<i32>(target) * sizeof<T>()) - most
      loss = weight * (logSumExpAbove<T>(a, cols) - hit)
    }
    store<T>(out, loss)
    a += cols * sizeof<T>()
    out += sizeof<T>()
    w += sizeof<T>()
    target += 4
  }
}

/** out (rows, cols) ← g·w·(softmax(a) − 1 at the target), g (rows); 0 in a row of weight 0. */
export function crossEntropyGrad<T>(
  out: usize, g: usize, a: usize, target: usize, w: usize, rows: i32, cols: i32,
): void {
  for (let i = 0; i < rows; i++) {
    const weight = load<T>(w)
    if (weight != 0) {
      const at = out + load<i32>(target) * sizeof<T>(), scale = load<T>(g) * weight
      reduceTo<T>(REDUCED, largest<T>(a, cols))
      mapRow<T, Exponential<T>>(out, a, cols)
      const total = <T>sumLine<T>(out, cols), hit = load<T>(at) / total
      reduceTo<T>(REDUCED, scale / total)
      mapRow<T, Multiple<T>>(out, out, cols)
      store<T>(at, scale * (hit - 1))
    } else memory.fill(out, 0, cols * sizeof<T>())
    a += cols * sizeof<T>()
    out += cols * sizeof<T>()
    g += sizeof<T>()
    w += sizeof<T>()
    target += 4
  }
}
