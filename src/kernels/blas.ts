// A BLAS library of the system in place of the built-in matrix product, on the same WebAssembly memory. Found, checked and plugged in here, when asked and not before.

import { floatKernels, memory, type Ptr } from './engine.ts'
import { allocate, free } from './heap.ts'
import { type Product, plugIn } from './product.ts'

/** What was loaded; null where the library does not tell. */
export interface SystemBlas {
  /** 'OpenBLAS', 'MKL', 'Accelerate', or 'BLAS' for any other. */
  readonly name: string
  readonly version: string | null
  /** The processor its kernels were chosen for. */
  readonly coreType: string | null
  readonly threads: number | null
  /** The name or path it was loaded by. */
  readonly library: string
}

type Native = (...operands: unknown[]) => unknown

/** The part of koffi in use here. */
interface Koffi {
  load(path: string): { func(name: string, result: string, operands: string[]): Native }
  address(view: Uint8Array): bigint
}

/** A C function of the library by its signature, or null where it has none of that name. */
type Find = (name: string, result: string, ...operands: string[]) => Native | null

const process = (globalThis as { process?: { platform: string; env: Record<string, string | undefined> } }).process

/** What to try where the user names nothing: names for the system's own search, then folders beyond it. */
function candidates(): string[] {
  const conda = process?.env.CONDA_PREFIX
  switch (process?.platform) {
    case 'darwin':
      return [
        '/System/Library/Frameworks/Accelerate.framework/Accelerate',
        '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
        '/usr/local/opt/openblas/lib/libopenblas.dylib',
        'libopenblas.dylib',
      ]
    case 'win32':
      return ['libopenblas.dll', 'openblas.dll', 'mkl_rt.2.dll', ...(conda ? [`${conda}\\Library\\bin\\mkl_rt.2.dll`] : [])]
    default:
      return [
        ...['libopenblas.so.0', 'libopenblas.so', 'libopenblasp.so.0', 'libopenblas.so.3', 'libmkl_rt.so.2', 'libmkl_rt.so'],
        ...['/usr/local/lib', '/opt/OpenBLAS/lib', ...(conda ? [`${conda}/lib`] : [])].map((folder) => `${folder}/libopenblas.so`),
        '/opt/intel/oneapi/mkl/latest/lib/libmkl_rt.so.2',
      ]
  }
}

/**
 * Loads `library`, or the first usable one of the usual names, holds it to the built-in kernels and plugs it in.
 * Throws an Error that says why nothing could be used; whatever computed the products before goes on doing so.
 */
export async function plugInBlas(library: string | undefined, threads: number): Promise<SystemBlas> {
  const koffi = await loadKoffi()
  const tried: string[] = []
  for (const path of library === undefined ? candidates() : [library]) {
    let found: Loaded
    try {
      found = load(koffi, path)
    } catch (error) {
      tried.push(firstLine(error))
      continue
    }
  }
}
