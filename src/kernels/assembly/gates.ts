// The gates of an LSTM, one pass over a time step forward and one backward. The products and the loop over time are not here.
import { sigmoid, tanh } from './maths'
import { lanes, loadNext, storeNext, zero } from './vector'

/** z (N, 4H) becomes the gates σ(i), σ(f), tanh(g), σ(o); c (N, H) gives cNext = f·c + i·g, tanhC = tanh(cNext) and h = o·tanhC. */
export function lstmForward<T>(z: usize, c: usize, cNext: usize, tanhC: usize, h: usize, N: i32, H: i32): void {
  const row: usize = H * sizeof<T>()
  for (let n = 0; n < N; n++) {
    for (let rest = H; rest > 0; rest -= lanes<T>()) {
      const i = sigmoid<T>(loadNext<T>(z, rest, zero())), f = sigmoid<T>(loadNext<T>(z + row, rest, zero()))
      const g = tanh<T>(loadNext<T>(z + 2 * row, rest, zero())), o = sigmoid<T>(loadNext<T>(z + 3 * row, rest, zero()))
      const next = v128.add<T>(v128.mul<T>(f, loadNext<T>(c, rest, zero())), v128.mul<T>(i, g)), t = tanh<T>(next)
      storeNext<T>(z, i, rest), storeNext<T>(z + row, f, rest), storeNext<T>(z + 2 * row, g, rest), storeNext<T>(z + 3 * row, o, rest)
      storeNext<T>(cNext, next, rest), storeNext<T>(tanhC, t, rest), storeNext<T>(h, v128.mul<T>(o, t), rest)
      const step: usize = min(rest, lanes<T>()) * sizeof<T>()
      z += step, c += step, cNext += step, tanhC += step, h += step
    }
    z += 3 * row
  }
}

// @ts-ignore: decorator
@inline function sigmoidSlope<T>(y: v128, one: v128): v128 { return v128.mul<T>(y, v128.sub<T>(one, y)) }
// @ts-ignore: decorator
@inline function tanhSlope<T>(y: v128, one: v128): v128 { return v128.mul<T>(v128.sub<T>(one, y), v128.add<T>(one, y)) }

/** From dh, the cotangent of h, and dc, that of cNext: dz (N, 4H), and in the place of dc that of c. gates, c and tanhC as forward left them. */
export function lstmBackward<T>(dz: usize, dc: usize, dh: usize, gates: usize, c: usize, tanhC: usize, N: i32, H: i32): void {
  const row: usize = H * sizeof<T>(), one = v128.splat<T>(1)
  for (let n = 0; n < N; n++) {
    for (let rest = H; rest > 0; rest -= lanes<T>()) {
      const i = loadNext<T>(gates, rest, zero()), f = loadNext<T>(gates + row, rest, zero())
      const g = loadNext<T>(gates + 2 * row, rest, zero()), o = loadNext<T>(gates + 3 * row, rest, zero())
      const t = loadNext<T>(tanhC, rest, zero()), d = loadNext<T>(dh, rest, zero())
      const dNext = v128.add<T>(loadNext<T>(dc, rest, zero()), v128.mul<T>(v128.mul<T>(d, o), tanhSlope<T>(t, one)))
      storeNext<T>(dz, v128.mul<T>(v128.mul<T>(dNext, g), sigmoidSlope<T>(i, one)), rest)
      storeNext<T>(dz + row, v128.mul<T>(v128.mul<T>(dNext, loadNext<T>(c, rest, zero())), sigmoidSlope<T>(f, one)), rest)
      storeNext<T>(dz + 2 * row, v128.mul<T>(v128.mul<T>(dNext, i), tanhSlope<T>(g, one)), rest)
      storeNext<T>(dz + 3 * row, v128.mul<T>(v128.mul<T>(d, t), sigmoidSlope<T>(o, one)), rest)
      storeNext<T>(dc, v128.mul<T>(dNext, f), rest)
      const step: usize = min(rest, lanes<T>()) * sizeof<T>()
      dz += step, dc += step, dh += step, gates += step, c += step, tanhC += step
    }
    dz += 3 * row
    gates += 3 * row
  }
}
