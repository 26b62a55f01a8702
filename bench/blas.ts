// The speed of the system's BLAS library, for the products that the built-in kernels are measured
// with, and the time of a call to it.

import { useBuiltInKernels, useSystemBlas } from 'tapegrad'
import { plugInBlas } from '../src/kernels/blas/blas.ts'
import { product } from '../src/kernels/blas/product.ts'
import { matmulRows, nanoseconds, operands } from './kernels.ts'
import type { Row } from './measure.ts'

/** Null where there is no library. */
export async function blasRows(): Promise<Row[] | null> {
  // Some environments set these variables, which the library reads when it is loaded; here it shall
  // choose for itself.
  delete process.env.OPENBLAS_CORETYPE
  delete process.env.OPENBLAS_L2_SIZE
  const blas = await useSystemBlas().catch(() => null)
  if (blas === null) return null
  await plugInBlas(blas.library, 1, 1)
  const [out, a, b] = operands('float32', 64)
  const [m, n, k, transA, transB, accumulate] = [1, 1, 1, 0, 0, 0]
  const call = nanoseconds(
    () => product({ dtype: 'float32', out, a, b, m, n, k, transA, transB, accumulate }),
    1000,
  )
  const rows = matmulRows(`${blas.name} ${blas.version ?? ''}`.trim(), product)
  useBuiltInKernels()
  return [
    { what: `a call to ${blas.name}, for one multiplication`, value: call, unit: 'ns' },
    ...rows,
  ]
}
