// Runs a file's checks in a process of their own and collects its messages, also where that exits,
// hangs, or never settles; it checks nothing itself.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { CheckFileOptions, Message, Outcome } from './message.ts'

export interface RunOptions extends CheckFileOptions {
  /** Seconds that loading the file may take, and then each export. */
  timeout: number
  /** Called as inputs are tried. */
  progress?: (done: number, total: number) => void
}

export interface Findings {
  outcomes: Outcome[]
  /** The reason why exports could not be checked, null where all were. */
  failed: string | null
}

/**
 * Wait this long, in ms, for messages after the process has ended: others may hold the stream open.
 */
const STREAM_TIMEOUT = 2000

export async function run(
  path: string,
  { timeout, progress, ...options }: RunOptions,
): Promise<Findings> {
  const outcomes: Outcome[] = []
  let waiting: string[] = []
  let checking: string | null = null
  let failed: string | null = null
  let finished = false
  let late = false

  const program = fileURLToPath(new URL('./child.js', import.meta.url))
  // The file prints to stderr: stdout has only the results.
  const child = spawn(
    process.execPath,
    [...process.execArgv, program, path, JSON.stringify(options)],
    { stdio: ['ignore', 2, 2, 'pipe'] },
  )
  endWithThis(child)
  const kill = (): void => void child.kill('SIGKILL')
  const clock = setTimeout(() => {
    late = true
    kill()
  }, timeout * 1000)

  const receive = (message: Message): void => {
    if ('found' in message) waiting = message.found
    else if ('done' in message) progress?.(message.done, message.of)
    else if ('failed' in message) failed = message.failed
    else if ('finished' in message) finished = true
    else if ('checking' in message) {
      checking = message.checking
      clock.refresh()
    } else {
      outcomes.push(message)
      waiting = waiting.filter((name) => name !== message.name)
      checking = null
    }
    if (finished || failed !== null) kill()
  }
  const stream = child.stdio[3] as Readable
  const lines = createInterface({ input: stream })
  lines.on('line', (line) => {
    const message = parsed(line)
    if (message !== null) receive(message)
  })

  const end = await ended(child)
  clearTimeout(clock)
  lines.close()
  stream.destroy()
  if (finished || failed !== null) return { outcomes, failed }
  const why = late
    ? `did not end within ${timeout} ${timeout === 1 ? 'second' : 'seconds'}: give it more with ` +
      '--timeout'
    : end
  if (checking === null)
    return { outcomes, failed: `${path}: expected a file that can be loaded, got one that ${why}` }
  const unchecked = waiting.map((name) => ({
    name,
    report: null,
    error: { name: 'CannotCheckError', message: reason(path, name, checking as string, why) },
  }))
  return { outcomes: [...outcomes, ...unchecked], failed: null }
}

const reason = (path: string, name: string, checking: string, why: string): string =>
  name === checking
    ? `${path}: expected ${name} to be checked, got a process that ${why}`
    : `${path}: not reached: the process ended while ${checking} was checked`

/** Null for a line that the process did not finish. */
function parsed(line: string): Message | null {
  try {
    return JSON.parse(line) as Message
  } catch {
    return null
  }
}

/** How the process ended, in words. */
function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(`could not be started: ${error.message}`))
    child.on('exit', (code, signal) => {
      // See child.ts.
      const words =
        code === 13
          ? 'awaits a promise that never settles'
          : `ended by itself, with ${signal ?? `exit code ${code}`}`
      child.on('close', () => resolve(words))
      setTimeout(() => resolve(words), STREAM_TIMEOUT).unref()
    })
  })
}

/** Ends the child when a signal ends this process. */
function endWithThis(child: ChildProcess): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      child.kill('SIGKILL')
      process.kill(process.pid, signal)
    })
}
