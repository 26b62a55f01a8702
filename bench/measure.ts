// Measures every figure: the median of tinybench's samples after a warm-up.

import { Bench } from 'tinybench'

/** One line of the table. */
export interface Row {
  what: string
  value: number
  unit: string
}

/**
 * The median time of a call in milliseconds, over at least `time` milliseconds and `runs` calls.
 */
export function median(
  body: () => void,
  { time = 300, runs = 7 }: { time?: number; runs?: number } = {},
): number {
  const bench = new Bench({
    time,
    iterations: runs,
    warmupTime: time / 3,
    warmupIterations: Math.min(runs, 3),
    throws: true,
    retainSamples: false,
  })
  bench.add('body', body)
  const [task] = bench.runSync()
  if (task.result.state !== 'completed')
    throw new Error(`the measurement ended as ${task.result.state}`)
  return task.result.latency.p50
}
