// Runs an example in a process of its own whose output is no terminal, bundled as it is first asked
// for: a process that reads TypeScript starts ten times slower.
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { afterAll } from 'vitest'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tapegrad-examples-'))
// For a user who is not root.
chmodSync(folder, 0o755)
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

export interface Result {
  code: number
  stdout: string
  stderr: string
}

const made = new Map<string, string>()

/** The file to give to Node. */
export function program(example: string): string {
  const known = made.get(example)
  if (known !== undefined) return known
  const outfile = join(folder, `${example}.js`)
  buildSync({
    entryPoints: [join(root, `examples/${example}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    packages: 'external',
  })
  made.set(example, outfile)
  return outfile
}

export const run = (example: string, ...flags: string[]): Promise<Result> =>
  ended(process.execPath, [program(example), ...flags])

/** The same from the sources, as users start it. */
export const runSource = (example: string, ...flags: string[]): Promise<Result> =>
  ended(process.execPath, ['--import', 'tsx', `examples/${example}.ts`, ...flags])

/** The same where no file may become larger than so many blocks, of 512 or 1024 bytes. */
export const runLimited = (blocks: number, example: string, ...flags: string[]): Promise<Result> =>
  ended('sh', [
    ...['-c', `ulimit -f ${blocks} && exec "$0" "$@"`, process.execPath],
    ...[program(example), ...flags],
  ])

const ended = (program: string, args: readonly string[]): Promise<Result> =>
  new Promise((resolve) => {
    execFile(program, args, { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })

/**
 * What is left of the text without letters, digits, punctuation and line breaks: a plain text
 * leaves nothing.
 */
export const controlCodes = (text: string) => text.replace(/[^\p{Cc}]|\n/gu, '')
