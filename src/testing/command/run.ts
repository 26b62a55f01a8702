// Runs a file's checks or grades in a process of their own and collects its messages, also where
// that exits, hangs, or never settles; it checks nothing itself.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Message, Outcome, Task } from './message.ts'

export interface RunOptions {
  /** Seconds that loading the file may take, and then each export. */
  timeout: number
  /** Called as inputs are tried. */
  progress?: (done: number, total: number) => void
}

export interface Findings<Report> {
  outcomes: Outcome<Report>[]
  /** The reason why exports could not be examined, null where all were. */
  failed: string | null
}

/**
 * Wait this long, in ms, for messages after the process has ended: others may hold the stream open.
 */
const STREAM_TIMEOUT = 2000

export async function run<Report>(
  task: Task,
  path: string,
  options: object,
  { timeout, progress }: RunOptions,
): Promise<Findings<Report>> {
  const outcomes: Outcome<Report>[] = []
  let waiting: string[] = []
  let checking: string | null = null
  let failed: string | null = null
  let finished = false
  let late = false

  const program = fileURLToPath(new URL('./child.js', import.meta.url))
  // The file prints to stderr: stdout has only the results.
  const child = spawn(
    process.execPath,
    [...process.execArgv, program, task, path, JSON.stringify(options)],
    { stdio: ['ignore', 2, 2, 'pipe'] },
  )
  endWithThis(child)
  const kill = (): void => void child.kill('SIGKILL')
  const clock = setTimeout(() => {
    late = true
    kill()
  }, timeout * 1000)

  const receive = (message: Message<Report>): void => {
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
    const message = parsed<Report>(line)
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
    error: { name: 'CannotCheckError', message: reason(task, path, name, checking as string, why) },
  }))
  return { outcomes: [...outcomes, ...unchecked], failed: null }
}

function reason(task: Task, path: string, name: string, begun: string, why: string): string {
  const done = { check: 'checked', grade: 'graded' }[task]
  return name === begun
    ? `${path}: expected ${name} to be ${done}, got a process that ${why}`
    : `${path}: not reached: the process ended while ${begun} was ${done}`
}

/** Null for a line that the process did not finish. */
function parsed<Report>(line: string): Message<Report> | null {
  try {
    return JSON.parse(line) as Message<Report>
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
