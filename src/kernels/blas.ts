// A BLAS library of the system in place of the built-in matrix product, on the same WebAssembly memory: found, loaded and plugged in here, only when asked.

import { requireAgreement } from './agreement.ts'
import { WORTH } from './cuts.ts'
import { memory } from './engine.ts'
import { type Product, plugIn } from './product.ts'
import { lend, runNative } from './threads.ts'
import type { Natives, Signature } from './worker.ts'

/** What was loaded; null where a library does not tell. */
export interface SystemBlas {
  /** 'OpenBLAS', 'MKL', 'Accelerate', or 'BLAS' for any other. */
  readonly name: string
  /** As the library tells it; null where it does not. */
  readonly version: string | null
  /** The processor its kernels were written for. */
  readonly coreType: string | null
  /** How many threads it may use; null where it cannot be asked. */
  readonly threads: number | null
  /** The name or path it was found by. */
  readonly library: string
}

type Native = (...operands: unknown[]) => unknown
/** A function of a library, or null where it has none of that name. */
type Find = (...signature: Signature) => Native | null

/** The part of koffi in use here. */
interface Koffi {
  load(path: string): { func(...signature: Signature): Native }
  address(view: Uint8Array): bigint
}

interface System {
  platform?: string
  env: Record<string, string | undefined>
  getBuiltinModule?(name: 'module'): { createRequire(from: string): { resolve(name: string): string } }
}

const system = (globalThis as { process?: System }).process

/** What is tried when nothing is named: names for the system's own search ('' + name), then folders it may not look in. */
function usualNames(): string[] {
  const conda = system?.env.CONDA_PREFIX
  const within = (folders: readonly string[], ...names: string[]): string[] => folders.flatMap((folder) => names.map((name) => folder + name))
  const condaFolder = (folder: string): string[] => (conda === undefined ? [] : [conda + folder])
  switch (system?.platform) {
    case 'darwin':
      return [
        '/System/Library/Frameworks/Accelerate.framework/Accelerate',
        ...within(['', '/opt/homebrew/opt/openblas/lib/', '/usr/local/opt/openblas/lib/', ...condaFolder('/lib/')], 'libopenblas.dylib'),
      ]
    case 'win32':
      return within(['', ...condaFolder('\\Library\\bin\\')], 'libopenblas.dll', 'openblas.dll', 'mkl_rt.2.dll')
    default:
      return [
        ...within([''], 'libopenblas.so.0', 'libopenblas.so', 'libopenblas.so.3', 'libopenblasp.so.0'),
        ...within(['/usr/local/lib/', '/opt/OpenBLAS/lib/', ...condaFolder('/lib/')], 'libopenblas.so'),
        ...within(['', '/opt/intel/oneapi/mkl/latest/lib/', ...condaFolder('/lib/')], 'libmkl_rt.so.2'),
      ]
  }
}

/**
 * Loads `library`, or the first usable one of the usual names, holds it to the built-in kernels and plugs it in, for products of at least `from` multiplications.
 * Throws an Error that says why there is none; what computed the products before goes on doing so.
 */
export async function plugInBlas(library: string | undefined, threads: number, from?: number): Promise<SystemBlas> {
  const koffi = await importKoffi()
  const names = library === undefined ? usualNames() : [library]
  const refused: string[] = []
  for (const name of names) {
    let find: Find
    try {
      find = open(koffi, name)
    } catch (error) {
      if (library !== undefined) throw new Error(`expected a library at '${library}': ${messageOf(error)}`)
      continue
    }
    try {
      const gemms = GEMMS.map((signature) => required(find, signature))
      const { allow, ...told } = introduce(find, threads)
      const product = productOf(koffi, gemms)
      requireAgreement(product)
      const natives = threads > 1 ? nativesOf(name) : null
      if (natives !== null && allow !== null) {
        await lend({ natives, functions: gemms, allow, threads })
        plugIn(productOf(koffi, gemms, runNative), from)
      } else {
        plugIn(product, from)
        await lend(null)
      }
      return { ...told, library: name }
    } catch (error) {
      refused.push(`'${name}' ${messageOf(error)}`)
    }
  }
  if (refused.length > 0) throw new Error(refused.join('; '))
  throw new Error(`expected a BLAS library, found none of ${names.join(', ')}: install one (apt-get install libopenblas0-pthread) or name it, { library }`)
}

/** Undoes `plugInBlas`. */
export function unplugBlas(): void {
  plugIn(null)
  void lend(null)
}

async function importKoffi(): Promise<Koffi> {
  if (system?.platform === undefined) throw new Error('expected a process that can load libraries of its system (Node.js), got a browser')
  try {
    // Not a literal to the compiler, so that no bundler follows it.
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ 'koffi' as string)
  } catch (error) {
    throw new Error(`expected the optional package koffi: npm install koffi (${messageOf(error)})`)
  }
}

/** Libraries stay loaded: one that has started threads is not safely unloaded. */
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

const ROW_MAJOR = 101
const AS_IT_IS = 111
const TRANSPOSED = 112

/** C ← alpha·op(A)·op(B) + beta·C by the C interface of BLAS, which does not read C where beta is 0. Addresses go as 64-bit numbers: the cheapest way through koffi. */
const gemm = (name: string, float: string): Signature => [
  name,
  'void',
  ['int', 'int', 'int', 'int', 'int', 'int', float, 'int64', 'int', 'int64', 'int', float, 'int64', 'int'],
]
const GEMMS = [gemm('cblas_sgemm', 'float'), gemm('cblas_dgemm', 'double')]

function required(find: Find, signature: Signature): Native {
  const found = find(...signature)
  if (found === null) throw new Error(`has no ${signature[0]}: expected a library with the C interface of BLAS`)
  return found
}

/** What other threads load; null where koffi cannot be found for them. */
function nativesOf(library: string): Natives | null {
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

/** The least multiplications of a part: for smaller products libraries have other kernels (OpenBLAS below 10⁶), which round otherwise. */
const LEAST = 2 ** 20
/** A part's rows or columns are a multiple of this, but for the last one. */
const EVEN = 32

/** The product by one of these functions; where `share` is given, the larger ones in parts, of rows or columns, that it calls them for. */
function productOf(koffi: Koffi, gemms: readonly Native[], share?: typeof runNative): Product {
  let buffer: ArrayBufferLike | null = null
  let base = 0
  return (dtype, out, a, b, m, n, k, transA, transB, accumulate) => {
    if (memory.buffer !== buffer) {
      // A memory that grows is given a new buffer. A view of it has an address where it is shared too, the buffer itself has not.
      buffer = memory.buffer
      base = Number(koffi.address(new Uint8Array(buffer)))
    }
    const [index, size] = dtype === 'float32' ? [0, 4] : [1, 8]
    const [opA, lda, rowOfA] = transA ? [TRANSPOSED, m, size] : [AS_IT_IS, k, k * size]
    const [opB, ldb, columnOfB] = transB ? [TRANSPOSED, k, k * size] : [AS_IT_IS, n, size]
    const [to, left, right] = [base + out, base + a, base + b]
    const [count, across] = m > n ? [m, n] : [n, m]
    const width = Math.ceil(LEAST / (across * k) / EVEN) * EVEN
    const units = Math.floor(count / width)
    if (share === undefined || !(units > 1)) {
      ;(gemms[index] as Native)(ROW_MAJOR, opA, opB, m, n, k, 1, left, lda, right, ldb, accumulate, to, n)
      return
    }
    const part = (i: number, rows: number, j: number, columns: number): number[] => {
      const [a, b, c] = [left + i * rowOfA, right + j * columnOfB, to + (i * n + j) * size]
      return [ROW_MAJOR, opA, opB, rows, columns, k, 1, a, lda, b, ldb, accumulate, c, n]
    }
    const call = (from: number, to: number): number[] => {
      const [start, length] = [from * width, (to === units ? count : to * width) - from * width]
      return m > n ? part(start, length, 0, n) : part(0, m, start, length)
    }
    share(index, { count: units, align: 1, work: units * WORTH, kept: true, call })
  }
}

/** Sets the threads and asks the library what it is, by the functions each vendor has besides BLAS; `allow` sets its threads again, where that can be done at any time. */
function introduce(find: Find, threads: number): Omit<SystemBlas, 'library'> & { allow: Native | null } {
  const ask = (...signature: Signature): unknown => find(...signature)?.() ?? null
  const config = ask('openblas_get_config', 'str', [])
  if (typeof config === 'string') {
    const allow = find('openblas_set_num_threads', 'void', ['int'])
    allow?.(threads)
    return {
      allow,
      name: 'OpenBLAS',
      version: /^OpenBLAS (\d\S*)/.exec(config)?.[1] ?? null,
      coreType: ask('openblas_get_corename', 'str', []) as string | null,
      threads: ask('openblas_get_num_threads', 'int', []) as number | null,
    }
  }
  const mkl = find('MKL_Get_Version_String', 'void', ['void *', 'int'])
  if (mkl !== null) {
    const allow = find('MKL_Set_Num_Threads', 'void', ['int'])
    allow?.(threads)
    const text = new Uint8Array(256)
    mkl(text, text.length)
    const told = new TextDecoder().decode(text)
    return {
      allow,
      name: 'MKL',
      version: /Version (\d[\d.]*)/.exec(told)?.[1] ?? null,
      coreType: /for (.+?) applications/.exec(told)?.[1] ?? null,
      threads: ask('MKL_Get_Max_Threads', 'int', []) as number | null,
    }
  }
  // Accelerate knows one thread (1) or as many as it likes (0).
  const accelerate = find('BLASSetThreading', 'int', ['int'])
  const obeyed = accelerate?.(threads === 1 ? 1 : 0) === 0
  return { allow: null, name: accelerate === null ? 'BLAS' : 'Accelerate', version: null, coreType: null, threads: obeyed && threads === 1 ? 1 : null }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]
