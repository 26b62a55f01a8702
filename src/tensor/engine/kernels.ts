// Kernels that a user hands over already compiled, for places where the package may not compile
// them itself. What they are used for is the kernels' business.

import { EngineError, hasStarted, start } from '../../kernels/engine.ts'
import { shown, ValueError } from '../core/errors.ts'

/**
 * Computes with these compiled modules, a `WebAssembly.Module` of `tapegrad/kernels.wasm` and,
 * where the engine has relaxed SIMD, one of `tapegrad/products.wasm`, which makes matrix products
 * faster. Call it before the first tensor. Nothing is compiled here then, for runtimes at the edge
 * that forbid it and pages that would rather stream; `setThreads` stays at 1. In Cloudflare's
 * workerd the package does this by itself.
 *
 * Throws a ValueError for anything that is no such module or of another version, and when there has
 * been a tensor: nothing changes then.
 *
 * ```js
 * useKernels(await WebAssembly.compileStreaming(fetch('kernels.wasm')))
 * ```
 */
export function useKernels(kernels: object, products?: object | undefined): void {
  const modules = products === undefined ? [kernels] : [kernels, products]
  for (const module of modules) {
    if (Object.prototype.toString.call(module) !== '[object WebAssembly.Module]')
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
