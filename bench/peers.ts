// Measures the alternatives of a user in turns with this package: the same training steps from the
// same weights, and the same chains of ops.

import { type Contender, middle, type Pace, race, ratio, type Timing } from './contender.ts'
import { entrants, isTiny, stepOf, type Task } from './entrants.ts'
import { threadCount } from './steps.ts'
import { OPS } from './tape.ts'
import { writeWorkload } from './workload.ts'

export interface PeerRow {
  task: Task
  threads: number
  name: string
  /** The median over the rounds: milliseconds of a step, or microseconds of one op. */
  time: number
  unit: 'ms' | 'µs/op'
  peak: number | null
  /** The time of each of our ways to compute the same ÷ this one's. */
  ratios: Partial<Record<string, number>>
  firstLoss: number
}

/** Throws unless all start from the same loss and agree after the same updates. */
export function requireAgreement(timings: readonly Timing[]): void {
  const [{ losses: expected }] = timings
  for (const { contender, losses } of timings) {
    // A contender whose step takes a whole turn has made fewer steps.
    for (const [step, loss] of losses.slice(0, expected.length).entries()) {
      const tolerance = step === 0 ? 1e-5 : 1e-3
      if (!(Math.abs(loss - expected[step]) <= tolerance))
        throw new Error(
          `${contender.name}: expected loss ${expected[step]} at step ${step}, got ${loss}`,
        )
    }
  }
}

function rowsOf(task: Task, timings: readonly Timing[]): PeerRow[] {
  const own = timings.filter(({ contender }) => contender.name.startsWith('tapegrad'))
  return timings.map((timing) => ({
    task,
    threads: timing.contender.threads,
    name: timing.contender.name,
    time: middle(timing.rounds) * (isTiny(task) ? 1000 / OPS : 1),
    unit: isTiny(task) ? 'µs/op' : 'ms',
    peak: timing.peak,
    ratios: Object.fromEntries(
      own
        .filter((mine) => mine !== timing)
        .map((mine) => [mine.contender.name.slice('tapegrad, '.length), ratio(mine, timing)]),
    ),
    firstLoss: timing.losses[0],
  }))
}

/** A table: time and memory of each, and a column of ratios for each way to run ours. */
function printed(title: string, rows: readonly PeerRow[]): string {
  const columns = [...new Set(rows.flatMap(({ ratios }) => Object.keys(ratios)))]
  const body = rows.map(({ name, time, unit, peak, ratios }) => [
    name,
    `${Number(time.toPrecision(3))} ${unit}`,
    peak === null ? '' : `${peak.toFixed(0)} MiB`,
    ...columns.map((column) => ratios[column]?.toPrecision(2) ?? ''),
  ])
  const lines = [[title, 'time', 'peak', ...columns], ...body]
  const widths = lines[0].map((_, i) => Math.max(...lines.map((cells) => cells[i].length)))
  return lines
    .map((cells) =>
      cells
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('   '),
    )
    .join('\n')
}

const titleOf = (task: Task): string => {
  if (task === 'add') return 'recorded add of 4 elements'
  if (task === 'chain') return '1,000 of them, forward and backward'
  const step = stepOf(task)
  return step === null
    ? '8 elementwise ops on 1,000,000 numbers, forward and backward'
    : `${step.cell} step ${step.size}`
}

/**
 * Prints a table of times, peak memory and ratios ours ÷ theirs for every task and thread count as
 * it goes.
 */
export async function peerRows(
  folder: string,
  runner: string,
  pace: Pace,
  tasks: readonly Task[],
): Promise<PeerRow[]> {
  const all = entrants(runner)
  const absent = new Set<Contender>()
  const rows: PeerRow[] = []
  for (const task of tasks) {
    const step = stepOf(task)
    const file = step === null ? task : writeWorkload(folder, step.cell, step.size)
    for (const threads of [1, 2]) {
      const contenders = all
        .filter(
          (entrant) =>
            entrant.tasks.includes(task) &&
            entrant.contender.threads === threads &&
            !absent.has(entrant.contender),
        )
        .map(({ contender }) => contender)
      if (contenders.length === 0) continue
      console.log()
      const timings = await race(contenders, file, pace, (contender, reason) => {
        absent.add(contender)
        console.log(
          `${contender.name}: missing: ` +
            `${reason}${contender.install ? `\n  install: ${contender.install}` : ''}`,
        )
      })
      if (timings.length === 0) continue
      requireAgreement(timings)
      const measured = rowsOf(task, timings)
      console.log(printed(`${titleOf(task)}, ${threadCount(threads)}`, measured))
      rows.push(...measured)
    }
  }
  return rows
}
