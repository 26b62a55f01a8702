// The optional package koffi, which calls libraries of the system, and the address of the kernels'
// memory for them.

import { memory } from './engine.ts'
import { bufferOf } from './memory/views.ts'
import { importOptional } from './optional.ts'

/** The part of koffi that gives addresses. */
export interface Addresses {
  address(of: unknown): bigint
}

/** The part of koffi in use here. */
export interface Koffi extends Addresses {
  load(
    path: string,
    options?: { global?: boolean },
  ): {
    func(
      name: string,
      result: string,
      parameters: readonly string[],
    ): (...operands: unknown[]) => unknown
    symbol(name: string): unknown
  }
}

const system = (globalThis as { process?: { platform?: string } }).process

/** Throws an Error that says what to install, or that this is a browser. */
export async function importKoffi(): Promise<Koffi> {
  if (system?.platform === undefined)
    throw new Error(
      'expected a process that can load libraries of its system (Node.js), got a browser',
    )
  try {
    return (await importOptional('koffi')) as Koffi
  } catch (error) {
    const [message] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new Error(`expected the optional package koffi: npm install koffi (${message})`)
  }
}

/** The address of the kernels' memory in the process, found anew after it has grown. */
export function baseOfMemory(koffi: Addresses): () => number {
  let addressed: ArrayBuffer | null = null
  let base = 0
  return () => {
    const buffer = bufferOf(memory)
    if (buffer !== addressed) {
      // A view of a shared buffer has an address for koffi, the buffer itself has none.
      addressed = buffer
      base = Number(koffi.address(new Uint8Array(buffer)))
    }
    return base
  }
}
