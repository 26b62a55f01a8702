// The package where nothing may be compiled at run time (Cloudflare's workerd): as index.ts, on
// modules that the runtime compiled before. Nothing of its own.

import { useKernels } from './index.ts'
import kernels from './kernels.wasm'
import products from './products.wasm'

useKernels(kernels, products)

export * from './index.ts'
