// Asks V8 for vectors of 256 bits; kernels/engine.ts has the kernels compiled for them.

import { widenAll } from '../../kernels/threads/threads.ts'
import { enqueue } from './queue.ts'

/**
 * Computes with vectors of 256 bits instead of 128, to the same bits, where V8 can make them: in
 * Node 24 and later, on x64 processors with AVX2. It sets a flag of V8 at run time,
 * `--experimental-wasm-revectorize`: an experiment there, and from then on for all WebAssembly of
 * the process. Tensors stay as they are, and threads are started anew. Call it between two
 * computations. Calls that overlap, also with `setThreads`, run one after the other.
 *
 * Resolves with whether it took, by a trial of some milliseconds, on a busy machine up to a quarter
 * of a second. Where not, nothing has changed: so in browsers, Bun, Deno and older Node, and with
 * kernels from `useKernels`. Rejects with an EngineError where the kernels cannot run at all.
 *
 * ```ts
 * const took = await useWideVectors()
 * took === (await useWideVectors()) // true
 * ```
 */
export function useWideVectors(): Promise<boolean> {
  return enqueue(widenAll)
}
