// Derivatives as functions of the result y and its cotangent g: every class is a kernel (out, g, y,
// n). The build names the kernel after its class.
import { run as pairs } from './pairs'
import { zero } from './vector'

@unmanaged export class TanhGrad<T> {
  @inline at(g: v128, y: v128): v128 {
    const one = v128.splat<T>(1)
    return v128.mul<T>(v128.mul<T>(g, v128.sub<T>(one, y)), v128.add<T>(one, y))
  }
}
@unmanaged export class SigmoidGrad<T> {
  @inline at(g: v128, y: v128): v128 {
    return v128.mul<T>(v128.mul<T>(g, y), v128.sub<T>(v128.splat<T>(1), y))
  }
}
@unmanaged export class ReluGrad<T> {
  @inline at(g: v128, y: v128): v128 { return v128.and(g, v128.gt<T>(y, zero())) }
}

export function run<T, Op>(out: usize, g: usize, y: usize, n: i32): void {
  pairs<T, Op>(out, g, y, 1, n, 0, 1, 0, 1)
}
