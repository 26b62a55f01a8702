// Lets calls of the file system fail, for the package as well: until putBack().

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { vi } from 'vitest'

/** Undoes what was replaced. */
export function putBack(): void {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
}

export type Call = (...given: never[]) => unknown
export type Mocked =
  | 'openSync'
  | 'readSync'
  | 'writeSync'
  | 'fsyncSync'
  | 'closeSync'
  | 'renameSync'
  | 'rmSync'

/** Replaces a function of the file system, for all who import it. */
export function replace(name: Mocked, by: (real: Call) => Call): void {
  const real = fs[name] as Call
  vi.spyOn(fs, name as 'openSync').mockImplementation(by(real) as never)
  syncBuiltinESMExports()
}

export function fail(code: string): never {
  throw Object.assign(new Error(`${code}: it fails`), { code })
}
