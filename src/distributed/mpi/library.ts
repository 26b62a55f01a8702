// Finds and loads the MPI library of the system, and tells which binary interface it has. It calls
// nothing but what says its version.

import { baseOfMemory, importKoffi, type Koffi } from '../../kernels/native.ts'
import { GroupError } from '../errors.ts'
import { type Abi, MPI_5, MPICH, openMpi } from './abi.ts'

export type Native = (...operands: unknown[]) => unknown

/** A loaded library. */
export interface Library {
  readonly abi: Abi
  /** Its name and version, as it gives them. */
  readonly version: string
  functionOf(name: string, result: string, parameters: readonly string[]): Native
  /** The address of the bytes of an array. */
  addressOf(bytes: Uint8Array): bigint
  /** The address of the kernels' memory, which may change when it grows. */
  kernelMemory(): number
}

/** File names for the system's own search, the likely one for a launcher first. */
const NAMES = {
  'Open MPI': ['libmpi.so.40', 'libmpi.40.dylib'],
  MPICH: ['libmpich.so.12', 'libmpi.so.12', 'libmpi.12.dylib', 'libmpich.12.dylib'],
  'MPI 5': ['libmpi_abi.so.0', 'libmpi_abi.0.dylib'],
  any: ['libmpi.so', 'libmpi.dylib'],
}
export type Kind = 'Open MPI' | 'MPICH'

export const namesFor = (launcher: Kind | null): readonly string[] => {
  const { 'Open MPI': openMpi, MPICH: mpich, 'MPI 5': standard, any } = NAMES
  return launcher === 'MPICH'
    ? [...mpich, ...standard, ...any, ...openMpi]
    : [...openMpi, ...standard, ...any, ...mpich]
}

/**
 * Loads `name`, or the first of the usual names that is there. Throws a GroupError that says what
 * to install.
 */
export async function loadMpi(name: string | undefined, launcher: Kind | null): Promise<Library> {
  let koffi: Koffi
  try {
    koffi = await importKoffi()
  } catch (error) {
    throw new GroupError(`joinGroup: ${(error as Error).message}`, { cause: error })
  }
  // Without these the UCX that MPICH brings turns the traps of WebAssembly into crashes.
  process.env.UCX_ERROR_SIGNALS ??= ''
  process.env.UCX_MEM_EVENTS ??= 'no'
  const names = name === undefined ? namesFor(launcher) : [name]
  let reason = ''
  for (const candidate of names) {
    try {
      return opened(koffi, candidate)
    } catch (error) {
      reason = (error as Error).message
    }
  }
  throw new GroupError(
    name === undefined
      ? `joinGroup: expected an MPI library, found none of ${names.join(', ')}: install one ` +
          '(apt-get install openmpi-bin) or name it, { library }'
      : `joinGroup: expected an MPI library at '${name}', got ${reason}`,
  )
}

function opened(koffi: Koffi, name: string): Library {
  // Open MPI loads parts of its own, which look for its symbols.
  const library = koffi.load(name, { global: true })
  const functionOf: Library['functionOf'] = (...signature) => library.func(...signature)
  const addressOf = (symbol: string): bigint => koffi.address(library.symbol(symbol))
  const text = new Uint8Array(8192)
  const length = [0]
  functionOf('MPI_Get_library_version', 'int', ['void *', '_Out_ int *'])(text, length)
  const version = new TextDecoder().decode(text.subarray(0, length[0]))
  return {
    abi: abiOf(version, functionOf, addressOf),
    version: worded(version),
    functionOf,
    addressOf: (bytes) => koffi.address(bytes),
    kernelMemory: baseOfMemory(koffi),
  }
}

function abiOf(
  version: string,
  functionOf: Library['functionOf'],
  addressOf: (symbol: string) => bigint,
): Abi {
  if (hasStandardInterface(functionOf)) return MPI_5
  if (version.startsWith('Open MPI')) return openMpi(addressOf)
  if (/^(MPICH|Intel|MVAPICH|CRAY MPICH)/i.test(version)) return MPICH
  throw new Error(
    `'${worded(version)}': expected Open MPI, MPICH or a library with the interface of MPI 5`,
  )
}

/** Libraries of MPI 5 say -1 where their interface is one of their own. */
function hasStandardInterface(functionOf: Library['functionOf']): boolean {
  const major = [-1]
  try {
    functionOf('MPI_Abi_get_version', 'int', ['_Out_ int *', '_Out_ int *'])(major, [-1])
  } catch {
    return false
  }
  return major[0] > 0
}

/** 'Open MPI 4.1.4', 'MPICH 4.0.2', or the first line of others. */
function worded(version: string): string {
  const [, openMpi] = /^Open MPI v?([^\s,]+)/.exec(version) ?? []
  if (openMpi !== undefined) return `Open MPI ${openMpi}`
  const [, mpich] = /^MPICH Version:\s*(\S+)/.exec(version) ?? []
  return mpich === undefined ? (version.split('\n')[0] as string).trim() : `MPICH ${mpich}`
}
