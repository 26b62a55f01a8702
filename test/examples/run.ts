// Runs an example as a user would, in a process of its own whose output is no terminal.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Result {
  code: number
  stdout: string
  stderr: string
}

export function run(example: string, ...flags: string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', `examples/${example}.ts`, ...flags],
      { cwd: root },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
      },
    )
  })
}

/**
 * What is left of the text without letters, digits, punctuation and line breaks: a plain text
 * leaves nothing.
 */
export const controlCodes = (text: string) => text.replace(/[^\p{Cc}]|\n/gu, '')
