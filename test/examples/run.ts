// Runs an example as a user would, in a process of its own whose output is no terminal.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Result {
  code: number
  stdout: string
  stderr: string
}

export const run = (example: string, ...flags: string[]): Promise<Result> =>
  ended(process.execPath, ['--import', 'tsx', `examples/${example}.ts`, ...flags])

/** The same where no file may become larger than so many blocks, of 512 or 1024 bytes. */
export const runLimited = (blocks: number, example: string, ...flags: string[]): Promise<Result> =>
  ended('sh', [
    ...['-c', `ulimit -f ${blocks} && exec "$0" "$@"`, process.execPath],
    ...['--import', 'tsx', `examples/${example}.ts`, ...flags],
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
