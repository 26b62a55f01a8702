// Memory and time of second derivatives through sequences of growing length, each in a process of
// its own. First derivatives are in steps.ts.

import { execFileSync } from 'node:child_process'
import { root } from './build.ts'
import { childEnvironment } from './contender.ts'
import type { Row } from './measure.ts'

/** Peak resident memory and time for each length. */
export function secondOrderRows(): Row[] {
  return [25, 50, 100, 200].flatMap((T) => {
    const args = ['--import', 'tsx', 'bench/secondOrderRun.ts', String(T)]
    const printed = execFileSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
      env: childEnvironment(),
    })
    const [peak, time] = printed.split(' ').map(Number)
    const what = `second order of an LSTM(64, 64), N 32, T ${T}, float64`
    return [
      { what: `${what}: peak resident memory`, value: peak, unit: 'MiB' },
      { what, value: time, unit: 'ms' },
    ]
  })
}
