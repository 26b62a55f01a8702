// A file that an example will write: refused before the work, and not after it.
import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

/** Why a file cannot be written, and what to do; null where it can. Leaves no file behind. */
export function whyNotWritable(file: string): string | null {
  const existed = existsSync(file)
  try {
    closeSync(openSync(file, 'a'))
    if (!existed) rmSync(file)
    return null
  } catch (error) {
    const folder = dirname(file)
    return existsSync(folder)
      ? (error as Error).message
      : `the folder '${folder}' does not exist: make it first`
  }
}
