// Takes compiled kernels from the user, for runtimes where the package may not compile them itself.
// kernels/engine.ts starts them.

import { EngineError, hasStarted, start } from '../../kernels/engine.ts'
import { tagOf } from '../core/dtype.ts'
import { shown, ValueError } from '../core/errors.ts'

/**
 * Computes with compiled modules: a `WebAssembly.Module` of `tapegrad/kernels.wasm` and, for faster
 * matrix products where the engine has relaxed SIMD, one of `tapegrad/products.wasm`. Call it
 * before the first tensor. The package then compiles nothing itself: some runtimes at the edge
 * forbid it, and some pages prefer to stream the modules. `setThreads` stays at 1. In Cloudflare's
 * workerd the package does this by itself.
 *
 * Throws a ValueError for a value that is no such module or is of another version, and after the
 * first tensor: nothing changes then.
 *
 * ```js
 * useKernels(await WebAssembly.compileStreaming(fetch('kernels.wasm')))
 * ```
 */
export function useKernels(kernels: object, products?: object | undefined): void {
  const modules = products === undefined ? [kernels] : [kernels, products]
  for (const module of modules) {
    if (tagOf(module) !== 'WebAssembly.Module')
      throw new ValueError(
        `useKernels: expected a WebAssembly.Module, got ${shown(module)}: compile ` +
          `'tapegrad/kernels.wasm'`,
      )
  }
  if (hasStarted())
    throw new ValueError(
      'useKernels: expected no tensor so far, got a call after the first: call it before',
    )
  try {
    start(modules)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    const remedy = "compile 'tapegrad/kernels.wasm' and 'tapegrad/products.wasm' of this package"
    throw new ValueError(
      'useKernels: expected the kernels of this version, got others ' +
        `(${(cause as Error).message}): ${remedy}`,
      { cause },
    )
  }
}
