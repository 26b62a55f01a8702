// The exports of the file that a command is given, and the errors that are told of it; it checks
// nothing.
import { existsSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CheckError } from '../report.ts'
import type { Problem } from './message.ts'

/** Thrown for a file that cannot be examined; it says nothing about what is there. */
export class CannotCheckError extends Error {
  override name = 'CannotCheckError'
}

/** The exports of a file. Node runs TypeScript where it can, else tsx does. */
export async function load(path: string): Promise<Record<string, unknown>> {
  const file = resolve(path)
  if (!existsSync(file)) throw new CannotCheckError(`${path}: expected a file, got none at ${file}`)
  const native = 'typescript' in process.features && process.features.typescript
  const release =
    /^\.[cm]?tsx?$/.test(extname(file)) && !native ? await registerTsx(path) : undefined
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    throw new CannotCheckError(`${path}: expected a file that can be loaded, got ${error}`, {
      cause: error,
    })
  } finally {
    await release?.()
  }
}

async function registerTsx(path: string): Promise<() => Promise<void>> {
  try {
    const { register } = await import('tsx/esm/api')
    return register()
  } catch (cause) {
    const remedy = 'npm install --save-dev tsx, or take Node 22.18 or newer'
    throw new CannotCheckError(
      `${path}: expected a Node that runs TypeScript, got ${process.version} without tsx: ` +
        remedy,
      { cause },
    )
  }
}

/** An error, as it is sent to another process. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  return { ...(error instanceof CheckError && error), name: error.name, message: error.message }
}
