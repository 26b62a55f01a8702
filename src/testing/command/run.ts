// Runs a file's checks in a process of their own and gathers what that tells, whatever becomes of
// it: it may exit, hang, or never settle.
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

/** What came of every export, and why there is no more of it, if so. */
export interface Findings {
  outcomes: Outcome[]
  failed: string | null
}

/**
 * After the process has ended, what it had told may still be on its way; but not for ever, since
 * others may hold the stream.
 */
const PATIENCE = 2000

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
  // What the file prints goes where errors go: the results stay by themselves.
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

  const hear = (message: Message): void => {
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
    if (message !== null) hear(message)
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

/** How the process ended by itself, in words. */
function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(`could not be started: ${error.message}`))
    child.on('exit', (code, signal) => {
      // See child.ts.
      const words =
        code === 13
          ? 'waits for what never happens (an await that does not settle)'
          : `ended by itself, with ${signal ?? `exit code ${code}`}`
      child.on('close', () => resolve(words))
      setTimeout(() => resolve(words), PATIENCE).unref()
    })
  })
}

/** No process is left behind when this one is told to end. */
function endWithThis(child: ChildProcess): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      child.kill('SIGKILL')
      process.kill(process.pid, signal)
    })
}
