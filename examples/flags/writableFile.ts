// A file that an example will write: refused before the work, and told in a line after it.
import { closeSync, existsSync, fstatSync, openSync, rmSync, writeFileSync } from 'node:fs'
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

/** Writes a file; returns why it could not. A file that is not whole is removed. */
export function whyNotWritten(file: string, contents: string | Uint8Array): string | null {
  let opened: number | null = null
  try {
    opened = openSync(file, 'w')
    writeFileSync(opened, contents)
    return null
  } catch (error) {
    if (opened !== null && fstatSync(opened).isFile()) rmSync(file)
    return (error as Error).message
  } finally {
    if (opened !== null) closeSync(opened)
  }
}
