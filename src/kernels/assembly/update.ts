// Elementwise kernels that change their operand or take scalars: fill, where, axpby and a step of
// Adam.
import { row as pairRow } from './pairs'
import { SCALARS, scratch } from './scratch'
import { run as mapRow } from './unary'
import { lanes, loadNext, storeNext, zero } from './vector'

export function fill<T>(out: usize, n: i32, value: T): void {
  const x = v128.splat<T>(value)
  for (let rest = n; rest > 0; rest -= lanes<T>()) {
    storeNext<T>(out, x, rest)
    out += 16
  }
}

/** out = condition ? a : b; condition has one byte per element, a step of 0 repeats one number. */
export function where<T>(
  out: usize, condition: usize, a: usize, b: usize, n: i32, aStep: i32, bStep: i32,
): void {
  for (let i = 0; i < n; i++) {
    store<T>(out, load<T>(load<u8>(condition + i) ? a : b))
    out += sizeof<T>()
    a += aStep * sizeof<T>()
    b += bStep * sizeof<T>()
  }
}

// The scalars of the kernels below, each repeated in a vector: the operators of the loops read them
// here.
// @ts-ignore: decorator
@inline function scalar(index: i32): v128 { return v128.load(scratch + SCALARS + 16 * index) }
// @ts-ignore: decorator
@inline function setScalar<T>(index: i32, x: f64): void {
  v128.store(scratch + SCALARS + 16 * index, v128.splat<T>(<T>x))
}

@unmanaged class Scaled<T> { @inline at(src: v128): v128 { return v128.mul<T>(scalar(1), src) } }
@unmanaged class Combined<T> {
  @inline at(dst: v128, src: v128): v128 {
    return v128.add<T>(v128.mul<T>(scalar(0), dst), v128.mul<T>(scalar(1), src))
  }
}

/** dst ← a·dst + b·src; for a = 0 dst is not read, so a NaN in it does not spread. */
export function axpby<T>(dst: usize, src: usize, n: i32, a: f64, b: f64): void {
  setScalar<T>(0, a)
  setScalar<T>(1, b)
  if (a == 0) mapRow<T, Scaled<T>>(dst, src, n)
  else pairRow<T, Combined<T>>(dst, dst, src, n, 1, 1)
}

const BETA1: i32 = 0, BETA2: i32 = 1, GAMMA1: i32 = 2, GAMMA2: i32 = 3, EPS: i32 = 4, STEP: i32 = 5,
  ROOT: i32 = 6, DECAY: i32 = 7, SHRINK: i32 = 8

// @ts-ignore: decorator
@inline function adamStep<T>(p: usize, g: usize, m: usize, v: usize, rest: i32): void {
  const q = v128.mul<T>(loadNext<T>(p, rest, zero()), scalar(SHRINK))
  const d = v128.add<T>(loadNext<T>(g, rest, zero()), v128.mul<T>(scalar(DECAY), q))
  const first = v128.add<T>(v128.mul<T>(scalar(BETA1), loadNext<T>(m, rest, zero())),
    v128.mul<T>(scalar(GAMMA1), d))
  const second = v128.add<T>(v128.mul<T>(scalar(BETA2), loadNext<T>(v, rest, zero())),
    v128.mul<T>(scalar(GAMMA2), v128.mul<T>(d, d)))
  const scale = v128.add<T>(v128.div<T>(v128.sqrt<T>(second), scalar(ROOT)), scalar(EPS))
  storeNext<T>(m, first, rest)
  storeNext<T>(v, second, rest)
  storeNext<T>(p, v128.sub<T>(q, v128.div<T>(v128.mul<T>(scalar(STEP), first), scale)), rest)
}

/**
 * Adam (Kingma & Ba 2015, algorithm 1), with weight decay inside the gradient (coupledDecay) or
 * beside it (shrink).
 */
export function adam<T>(
  p: usize, g: usize, m: usize, v: usize, n: i32,
  beta1: f64, beta2: f64, eps: f64, stepSize: f64, rootCorrection: f64, coupledDecay: f64,
    shrink: f64,
): void {
  setScalar<T>(BETA1, beta1)
  setScalar<T>(BETA2, beta2)
  setScalar<T>(GAMMA1, 1 - beta1)
  setScalar<T>(GAMMA2, 1 - beta2)
  setScalar<T>(EPS, eps)
  setScalar<T>(STEP, stepSize)
  setScalar<T>(ROOT, rootCorrection)
  setScalar<T>(DECAY, coupledDecay)
  setScalar<T>(SHRINK, shrink)
  let rest = n
  for (; rest >= lanes<T>(); rest -= lanes<T>()) {
    adamStep<T>(p, g, m, v, lanes<T>())
    p += 16
    g += 16
    m += 16
    v += 16
  }
  if (rest > 0) adamStep<T>(p, g, m, v, rest)
}
