// The process in which `tapegrad check` and `tapegrad grade` run a file: it sends its messages as
// lines of JSON, by its fourth stream. The file may stop it at any time, so it decides nothing.
import { writeSync } from 'node:fs'
import type { CheckFileOptions, GradeFileOptions, GradeReport, Message } from './message.ts'

const STREAM = 3

/** Writes synchronously: when this process hangs or dies, the last line shows where. */
function send(message: Message | Message<GradeReport>): void {
  let rest = Buffer.from(`${JSON.stringify(message)}\n`)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(STREAM, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

/** Ends this process at once, without waiting for the file's timers and exit handlers. */
function end(message: Message): void {
  send(message)
  process.kill(process.pid, 'SIGKILL')
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const [task, path, options] = process.argv.slice(2)
// Registered before the file is loaded: errors of its timers and promises reach no other handler.
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error: unknown) =>
    end({
      failed: `${path}: expected a file that can be loaded, got an uncaught error: ${error}`,
    }),
  )

async function examine(): Promise<void> {
  try {
    if (task === 'grade') {
      const { gradeFile } = await import('./grade.ts')
      await gradeFile(path, JSON.parse(options) as GradeFileOptions, send)
    } else {
      const { checkFile } = await import('./check.ts')
      await checkFile(path, JSON.parse(options) as CheckFileOptions, send)
    }
    end({ finished: true })
  } catch (error) {
    const missing =
      error instanceof Error &&
      'code' in error &&
      error.code === 'ERR_MODULE_NOT_FOUND' &&
      error.message.includes(`'fast-check'`)
    end({
      failed: missing
        ? 'expected fast-check beside tapegrad, got none: npm install --save-dev fast-check'
        : textOf(error),
    })
  }
}

// The exit code where the file, or a check, awaits a promise that never settles: the one that Node
// uses for that at the top level of a module.
process.exitCode = 13
void examine()
