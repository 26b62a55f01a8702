// Finds, loads and plugs in a BLAS library of the system, on request: it then computes matrix
// products on the same WebAssembly memory.

import { importKoffi, type Koffi } from '../native.ts'
import type { Kernel } from '../threads/pool.ts'
import { runOfLibrary, shareLibrary } from '../threads/threads.ts'
import type { Library, Signature } from '../threads/worker.ts'
import { requireAgreement, sameBits } from './agreement.ts'
import { GEMMS, inSmallestParts, productOf } from './gemm.ts'
import { plugIn, unplug } from './product.ts'

/** The library that was loaded; null where it does not say. */
export interface SystemBlas {
  /** 'OpenBLAS', 'MKL', 'Accelerate', or 'BLAS' for any other. */
  readonly name: string
  /** As the library gives it. */
  readonly version: string | null
  /** The processor that its kernels are written for. */
  readonly coreType: string | null
  /** The number of threads that it may use. */
  readonly threads: number | null
  /**
   * Whether a few products had the same bits in the parts that this package's threads compute as in
   * one piece. Where not, the rounding of results depends on the number of threads. On threads of
   * its own a library mostly rounds otherwise than on one. True where it may use only one thread.
   */
  readonly sameBits: boolean
  /** The name or path by which it was found. */
  readonly library: string
}

type Native = (...operands: unknown[]) => unknown
/** Looks a function up by name; null where the library has none of that name. */
type Find = (...signature: Signature) => Native | null

interface System {
  platform?: string
  env: Record<string, string | undefined>
  getBuiltinModule?(name: 'module'): {
    createRequire(from: string): { resolve(name: string): string }
  }
}

const system = (globalThis as { process?: System }).process

/** Tried when no library is named: file names for the system's own search, then usual folders. */
function usualNames(): string[] {
  const conda = system?.env.CONDA_PREFIX
  const within = (folders: readonly string[], ...names: string[]): string[] =>
    folders.flatMap((folder) => names.map((name) => folder + name))
  const condaFolder = (folder: string): string[] => (conda === undefined ? [] : [conda + folder])
  switch (system?.platform) {
    case 'darwin':
      return [
        '/System/Library/Frameworks/Accelerate.framework/Accelerate',
        ...within(
          [
            '',
            '/opt/homebrew/opt/openblas/lib/',
            '/usr/local/opt/openblas/lib/',
            ...condaFolder('/lib/'),
          ],
          'libopenblas.dylib',
        ),
      ]
    case 'win32':
      return within(
        ['', ...condaFolder('\\Library\\bin\\')],
        'libopenblas.dll',
        'openblas.dll',
        'mkl_rt.2.dll',
      )
    default:
      return [
        ...within(
          [''],
          'libopenblas.so.0',
          'libopenblas.so',
          'libopenblas.so.3',
          'libopenblasp.so.0',
        ),
        ...within(
          ['/usr/local/lib/', '/opt/OpenBLAS/lib/', ...condaFolder('/lib/')],
          'libopenblas.so',
        ),
        ...within(
          ['', '/opt/intel/oneapi/mkl/latest/lib/', ...condaFolder('/lib/')],
          'libmkl_rt.so.2',
        ),
      ]
  }
}

/**
 * Loads `library`, or the first usable one of the usual names, compares it with the built-in
 * kernels and plugs it in, for products of at least `from` multiplications. Throws an Error that
 * says why none is usable; then products are computed as before.
 */
export async function plugInBlas(
  library: string | undefined,
  threads: number,
  from?: number,
): Promise<SystemBlas> {
  const koffi = await importKoffi()
  const names = library === undefined ? usualNames() : [library]
  const refused: string[] = []
  for (const name of names) {
    let find: Find
    try {
      find = open(koffi, name)
    } catch (error) {
      if (library !== undefined)
        throw new Error(`expected a library at '${library}': ${messageOf(error)}`)
      continue
    }
    try {
      const gemms = GEMMS.map((signature) => required(find, signature) as Kernel)
      return {
        ...(await put(koffi, gemms, identify(find, threads), name, threads, from)),
        library: name,
      }
    } catch (error) {
      refused.push(`'${name}' ${messageOf(error)}`)
    }
  }
  if (refused.length > 0) throw new Error(refused.join('; '))
  throw new Error(
    `expected a BLAS library, found none of ${names.join(', ')}: install one (apt-get install ` +
      'libopenblas0-pthread) or name it, { library }',
  )
}

/** Plugs in the functions of a library. Throws, and resets its threads, where they are wrong. */
async function put(
  koffi: Koffi,
  gemms: readonly Kernel[],
  { allow, before, ...description }: Identified,
  name: string,
  threads: number,
  from?: number,
) {
  const whole = productOf(koffi, gemms)
  const library = threads > 1 ? libraryOf(name) : null
  let same = true
  try {
    requireAgreement(whole)
    if (threads > 1) {
      allow?.(1)
      same =
        allow !== null &&
        library !== null &&
        sameBits(whole, productOf(koffi, gemms, inSmallestParts))
      allow?.(threads)
    }
  } catch (error) {
    if (before !== null) allow?.(before)
    throw error
  }
  if (library !== null && allow !== null) {
    await shareLibrary({ library, allow, threads })
    plugIn(
      productOf(koffi, gemms, (index, serial, cut) => runOfLibrary(library, index, serial, cut)),
      description,
      from,
    )
  } else {
    plugIn(whole, description, from)
    await shareLibrary(null)
  }
  return { ...description, sameBits: same }
}

/** Undoes `plugInBlas`. */
export function unplugBlas(): void {
  unplug()
  void shareLibrary(null)
}

/** Libraries stay loaded: unloading one that has started threads is not safe. */
const opened = new Map<string, Find>()

function open(koffi: Koffi, name: string): Find {
  const before = opened.get(name)
  if (before !== undefined) return before
  const library = koffi.load(name)
  const find: Find = (...signature) => {
    try {
      return library.func(...signature)
    } catch {
      return null
    }
  }
  opened.set(name, find)
  return find
}

function required(find: Find, signature: Signature): Native {
  const found = find(...signature)
  if (found === null)
    throw new Error(`has no ${signature[0]}: expected a library with the C interface of BLAS`)
  return found
}

/** The library as other threads load it; null where koffi cannot be found for them. */
function libraryOf(library: string): Library | null {
  try {
    const koffi = system
      ?.getBuiltinModule?.('module')
      .createRequire(import.meta.url)
      .resolve('koffi')
    return koffi === undefined ? null : { koffi, library, signatures: GEMMS }
  } catch {
    return null
  }
}

/** A library's description of itself, and of its threads. */
interface Identified extends Omit<SystemBlas, 'library' | 'sameBits'> {
  /** Sets their number, at any time; null where that cannot be done. */
  allow: Native | null
  /** Their number until now. */
  before: number | null
}

/** Sets the threads and describes the library, by functions that its vendor adds to BLAS. */
function identify(find: Find, threads: number): Identified {
  const ask = (...signature: Signature): unknown => find(...signature)?.() ?? null
  const config = ask('openblas_get_config', 'str', [])
  if (typeof config === 'string') {
    const count = (): number | null => ask('openblas_get_num_threads', 'int', []) as number | null
    const [before, allow] = [count(), find('openblas_set_num_threads', 'void', ['int'])]
    allow?.(threads)
    return {
      allow,
      before,
      name: 'OpenBLAS',
      version: /^OpenBLAS (\d\S*)/.exec(config)?.[1] ?? null,
      coreType: ask('openblas_get_corename', 'str', []) as string | null,
      threads: count(),
    }
  }
  const mkl = find('MKL_Get_Version_String', 'void', ['void *', 'int'])
  if (mkl !== null) {
    const count = (): number | null => ask('MKL_Get_Max_Threads', 'int', []) as number | null
    const [before, allow] = [count(), find('MKL_Set_Num_Threads', 'void', ['int'])]
    allow?.(threads)
    const text = new Uint8Array(256)
    mkl(text, text.length)
    const description = new TextDecoder().decode(text)
    return {
      allow,
      before,
      name: 'MKL',
      version: /Version (\d[\d.]*)/.exec(description)?.[1] ?? null,
      coreType: /for (.+?) applications/.exec(description)?.[1] ?? null,
      threads: count(),
    }
  }
  // Accelerate uses one thread (1), or as many as it chooses (0).
  const accelerate = find('BLASSetThreading', 'int', ['int'])
  const obeyed = accelerate?.(threads === 1 ? 1 : 0) === 0
  const name = accelerate === null ? 'BLAS' : 'Accelerate'
  return {
    allow: null,
    before: null,
    name,
    version: null,
    coreType: null,
    threads: obeyed && threads === 1 ? 1 : null,
  }
}

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]
