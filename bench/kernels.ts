// The speed of the compiled kernels, without tensors or a tape: the matrix product and the
// transcendental functions.

import { builtIn } from '../src/kernels/blas/product.ts'
import { floatKernels, memory, type Ptr, start } from '../src/kernels/engine.ts'
import { median, type Row } from './measure.ts'

const dtypes = ['float32', 'float64'] as const

/** Squares of growing size, and products of LSTMs: m, n, k, transA, transB. */
const products: [number, number, number, 0 | 1, 0 | 1][] = [
  ...[64, 128, 256, 512, 1024].map((n): [number, number, number, 0, 0] => [n, n, n, 0, 0]),
  [2048, 512, 64, 0, 0],
  [32, 512, 128, 0, 1],
  [64, 1024, 256, 0, 1],
  [512, 128, 2048, 1, 0],
  [64, 256, 1024, 0, 0],
  [1, 256, 64, 0, 1],
]

/** Three operands of `bytes` each, filled with random numbers, in new pages behind the heap. */
export function operands(dtype: 'float32' | 'float64', bytes: number): [Ptr, Ptr, Ptr] {
  start()
  const first = memory.grow(Math.ceil((3 * bytes) / 65536)) * 65536
  floatKernels[dtype].uniform(first, (3 * bytes) / (dtype === 'float32' ? 4 : 8), 1, 2, 0)
  return [first, first + bytes, first + 2 * bytes]
}

/** The median time of `call` in nanoseconds; one sample is `times` calls. */
export function nanoseconds(call: () => void, times: number): number {
  const body = () => {
    for (let i = 0; i < times; i++) call()
  }
  return (median(body) / times) * 1e6
}

/** The speed of `multiply`, under `name`. */
export function matmulRows(name = 'matmul', multiply = builtIn): Row[] {
  return dtypes.flatMap((dtype) => {
    const [out, a, b] = operands(dtype, 2048 * 1024 * 8)
    return products.map(([m, n, k, transA, transB]) => {
      const operations = 2 * m * n * k
      const time = nanoseconds(
        () => multiply({ dtype, out, a, b, m, n, k, transA, transB, accumulate: 0 }),
        Math.ceil(1e7 / operations),
      )
      const left = transA ? `(${k}, ${m})ᵀ` : `(${m}, ${k})`
      const right = transB ? `(${n}, ${k})ᵀ` : `(${k}, ${n})`
      return {
        what: `${dtype} ${name} ${left}·${right}`,
        value: operations / time,
        unit: 'GFLOP/s',
      }
    })
  })
}

/** The product of a time step of M and of L, with recurrent weights that were packed once. */
export function packedRows(): Row[] {
  const sizes = [
    [32, 128],
    [64, 256],
  ]
  return dtypes.flatMap((dtype) => {
    const kernels = floatKernels[dtype]
    const [out, a, b] = operands(dtype, 2048 * 1024 * 8)
    return sizes.map(([N, H]) => {
      const operations = 2 * N * 4 * H * H
      kernels.packOperand(b, b + 1024 * 1024 * 8, 4 * H, H, 1)
      const time = nanoseconds(
        () => kernels.matmulPacked(out, a, b, N, 4 * H, H, 0, 0),
        Math.ceil(1e7 / operations),
      )
      return {
        what: `${dtype} matmul (${N}, ${H})·(${4 * H}, ${H})ᵀ, packed before`,
        value: operations / time,
        unit: 'GFLOP/s',
      }
    })
  })
}

/** The speed on as many numbers as the first-level cache holds. */
export function elementwiseRows(): Row[] {
  const n = 2048
  return dtypes.flatMap((dtype) => {
    const kernels = floatKernels[dtype]
    const [out, a] = operands(dtype, n * 8)
    return (['exp', 'log', 'tanh', 'sigmoid'] as const).map((kernel) => ({
      what: `${dtype} ${kernel}`,
      value: nanoseconds(() => kernels[kernel](out, a, n), 100) / n,
      unit: 'ns/element',
    }))
  })
}

export function kernelRows(): Row[] {
  return [...matmulRows(), ...packedRows(), ...elementwiseRows()]
}
