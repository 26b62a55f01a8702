// A contender: a process that trains on request and reports the time of each step. Contenders of
// one race take turns, so that noise affects all alike.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * Called as `command …args TASK THREADS`. It prints a line when it is ready and, for every count it
 * reads, an Answer.
 */
export interface Contender {
  name: string
  command: string
  args: readonly string[]
  threads: number
  /** The command that installs it, where it does not come with this package. */
  install?: string
}

/** The results of a number of runs. */
interface Answer {
  losses: number[]
  /** In milliseconds. */
  times: number[]
}

export interface Timing {
  contender: Contender
  /** The median of each round, in milliseconds. */
  rounds: number[]
  /** Of the first steps, before each update. */
  losses: number[]
  /** The largest resident set in MiB; null where the system does not report it. */
  peak: number | null
}

/** Some environments set these variables; here a library shall choose for itself. */
export function childEnvironment(): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...env } = process.env
  return env
}

export const middle = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

/** The median of a's time ÷ b's, over the rounds in which both took part. */
export const ratio = (a: Timing, b: Timing): number =>
  middle(a.rounds.slice(0, b.rounds.length).map((time, round) => time / b.rounds[round]))

class Runner {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly lines: AsyncIterator<string>
  private complaint = ''

  constructor({ command, args, threads }: Contender, task: string) {
    this.child = spawn(command, [...args, task, String(threads)], { env: childEnvironment() })
    this.child.on('error', (error) => {
      this.complaint = error.message
    })
    this.child.stdin.on('error', () => {})
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.complaint = (this.complaint + text).slice(-4000)
    })
    this.lines = createInterface(this.child.stdout)[Symbol.asyncIterator]()
  }

  async line(): Promise<string> {
    const { value, done } = await this.lines.next()
    if (!done) return value
    const lines = this.complaint.trim().split('\n')
    throw new Error(
      lines.find((line) => /^\w*Error\b/.test(line))?.trim() ?? lines[lines.length - 1],
    )
  }

  async run(count: number): Promise<Answer> {
    this.child.stdin.write(`${count}\n`)
    return JSON.parse(await this.line())
  }

  /** The peak resident set of the process; `ru_maxrss` would include that of the parent. */
  peak(): number | null {
    try {
      const [, kibibytes] =
        /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8')) ?? []
      return Number(kibibytes) / 1024
    } catch {
      return null
    }
  }

  end(): void {
    this.child.stdin.end()
    this.child.kill()
  }
}

export interface Pace {
  rounds: number
  /** Milliseconds of one contender's turn; a turn has at least one step. */
  turn: number
}

/**
 * Runs the contenders in turns on one task, after a warm-up. One whose step takes many turns gets
 * fewer rounds. Calls `missing`, with the reason, for each that cannot run.
 */
export async function race(
  contenders: readonly Contender[],
  task: string,
  { rounds, turn }: Pace,
  missing: (contender: Contender, reason: string) => void,
): Promise<Timing[]> {
  const running: { runner: Runner; timing: Timing; steps: number; rounds: number }[] = []
  try {
    for (const contender of contenders) {
      const runner = new Runner(contender, task)
      try {
        await runner.line()
        const first = await runner.run(1)
        const slow = first.times[0] > 10 * turn
        const warm = slow
          ? first
          : await runner.run(Math.min(Math.max(Math.ceil(turn / first.times[0]), 2), 300))
        const step = Math.min(...warm.times)
        const timing = {
          contender,
          rounds: [],
          losses: [...first.losses, ...(slow ? [] : warm.losses)].slice(0, 3),
          peak: null,
        }
        const steps = Math.min(Math.max(Math.round(turn / step), 1), 1000)
        running.push({
          runner,
          timing,
          steps,
          rounds: Math.min(Math.max(Math.floor((6 * rounds * turn) / step), 1), rounds),
        })
      } catch (error) {
        runner.end()
        missing(contender, error instanceof Error ? error.message : String(error))
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const { runner, timing, steps, rounds } of running) {
        if (round < rounds) timing.rounds.push(middle((await runner.run(steps)).times))
      }
    }
    for (const { runner, timing } of running) timing.peak = runner.peak()
    return running.map(({ timing }) => timing)
  } finally {
    for (const { runner } of running) runner.end()
  }
}
