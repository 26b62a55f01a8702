// The gates of an LSTM for one time step, forward and backward. The products and the loop over time
// are elsewhere.
import { Mul, row as pairRow } from './pairs'
import { run as mapRow, Sigmoid, Tanh } from './unary'
import { lanes, loadNext, storeNext, zero } from './vector'

/**
 * z (N, 4H) becomes the gates σ(i), σ(f), tanh(g), σ(o); c (N, H) gives cNext = f·c + i·g and h =
 * o·tanh(cNext). One function at a time runs over a row, because V8 would load the constants of all
 * five first and keep them on the stack.
 */
export function lstmForward<T>(z: usize, c: usize, cNext: usize, h: usize, N: i32, H: i32): void {
  const row: usize = H * sizeof<T>()
  for (let n = 0; n < N; n++) {
    const f = z + row, g = f + row, o = g + row
    mapRow<T, Sigmoid<T>>(z, z, 2 * H)
    mapRow<T, Tanh<T>>(g, g, H)
    mapRow<T, Sigmoid<T>>(o, o, H)
    for (let rest = H, at: usize = 0; rest > 0; rest -= lanes<T>(), at += 16) {
      const kept = v128.mul<T>(loadNext<T>(f + at, rest, zero()), loadNext<T>(c + at, rest, zero()))
      const i = loadNext<T>(z + at, rest, zero())
      const added = v128.mul<T>(i, loadNext<T>(g + at, rest, zero()))
      storeNext<T>(cNext + at, v128.add<T>(kept, added), rest)
    }
    mapRow<T, Tanh<T>>(h, cNext, H)
    pairRow<T, Mul<T>>(h, o, h, H, 1, 1)
    z += 4 * row, c += row, cNext += row, h += row
  }
}

// @ts-ignore: decorator
@inline function sigmoidSlope<T>(y: v128, one: v128): v128 {
  return v128.mul<T>(y, v128.sub<T>(one, y))
}
// @ts-ignore: decorator
@inline function tanhSlope<T>(y: v128, one: v128): v128 {
  return v128.mul<T>(v128.sub<T>(one, y), v128.add<T>(one, y))
}

// @ts-ignore: decorator
@inline function lstmSlopes<T>(
  dz: usize, dc: usize, dh: usize, gates: usize, c: usize, row: usize, rest: i32,
): void {
  const one = v128.splat<T>(1)
  const i = loadNext<T>(gates, rest, zero()), f = loadNext<T>(gates + row, rest, zero())
  const g = loadNext<T>(gates + 2 * row, rest, zero()),
    o = loadNext<T>(gates + 3 * row, rest, zero())
  const t = loadNext<T>(dz + 3 * row, rest, zero()), d = loadNext<T>(dh, rest, zero())
  const dNext =
    v128.add<T>(loadNext<T>(dc, rest, zero()), v128.mul<T>(v128.mul<T>(d, o), tanhSlope<T>(t, one)))
  storeNext<T>(dz, v128.mul<T>(v128.mul<T>(dNext, g), sigmoidSlope<T>(i, one)), rest)
  storeNext<T>(dz + row,
    v128.mul<T>(v128.mul<T>(dNext, loadNext<T>(c, rest, zero())), sigmoidSlope<T>(f, one)), rest)
  storeNext<T>(dz + 2 * row, v128.mul<T>(v128.mul<T>(dNext, i), tanhSlope<T>(g, one)), rest)
  storeNext<T>(dz + 3 * row, v128.mul<T>(v128.mul<T>(d, t), sigmoidSlope<T>(o, one)), rest)
  storeNext<T>(dc, v128.mul<T>(dNext, f), rest)
}

/**
 * dz (N, 4H) from the cotangents dh of h and dc of cNext; dc becomes the cotangent of c. gates, c
 * and cNext are those of forward. tanh(cNext) is computed again, in the last part of dz, because to
 * save it for all steps would cost more.
 */
export function lstmBackward<T>(
  dz: usize, dc: usize, dh: usize, gates: usize, c: usize, cNext: usize, N: i32, H: i32,
): void {
  const row: usize = H * sizeof<T>()
  for (let n = 0; n < N; n++) {
    mapRow<T, Tanh<T>>(dz + 3 * row, cNext, H)
    let rest = H
    for (; rest >= lanes<T>(); rest -= lanes<T>()) {
      lstmSlopes<T>(dz, dc, dh, gates, c, row, lanes<T>())
      dz += 16, dc += 16, dh += 16, gates += 16, c += 16
    }
    if (rest > 0) {
      lstmSlopes<T>(dz, dc, dh, gates, c, row, rest)
      const step: usize = rest * sizeof<T>()
      dz += step, dc += step, dh += step, gates += step, c += step
    }
    dz += 3 * row, gates += 3 * row, cNext += row
  }
}
