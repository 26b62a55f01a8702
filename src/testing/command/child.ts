// The process that `tapegrad check` gives a file to: it tells what it finds in lines of JSON, by
// its fourth stream; the file may do to it what it likes.
import { writeSync } from 'node:fs'
import type { CheckFileOptions, Message } from './message.ts'

const STREAM = 3

/**
 * Written at once, so that the last line says what was going on when this process hangs or dies.
 */
function tell(message: Message): void {
  let rest = Buffer.from(`${JSON.stringify(message)}\n`)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(STREAM, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

/**
 * Ends this process at once: what the file has left to do, in timers or when the process ends, is
 * not waited for.
 */
function end(message: Message): void {
  tell(message)
  process.kill(process.pid, 'SIGKILL')
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const [path, options] = process.argv.slice(2)
// Before the file is loaded: what its timers and promises throw while that goes on belongs to
// nobody else.
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error: unknown) =>
    end({
      failed: `${path}: expected a file that can be loaded, got what it threw on the way: ${error}`,
    }),
  )

async function check(): Promise<void> {
  try {
    const { checkFile } = await import('./check.ts')
    await checkFile(path, JSON.parse(options) as CheckFileOptions, tell)
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

// What this process exits with where the file, or a check, waits for what never happens: as Node
// does itself at the top level of a module.
process.exitCode = 13
void check()
