// Training steps of LSTMs that differ from the plain one, in turns with it: written by a user as a
// cell, or with an option. On one thread with the built-in kernels.

import { LSTM_OPTIONS, type Variant } from './cells.ts'
import { type Contender, middle, type Pace, race, ratio } from './contender.ts'
import type { Row } from './measure.ts'
import { SIZES, type Size } from './model.ts'
import { requireAgreement } from './peers.ts'
import { ours } from './steps.ts'
import { writeWorkload } from './workload.ts'

export async function variantRows(
  folder: string,
  runner: string,
  pace: Pace,
  report: (rows: Row[]) => void,
): Promise<void> {
  const plain = { ...ours(runner, 'built-in', 1), name: 'LSTM' }
  const variant = (name: string, own: Variant): Contender => ({
    ...plain,
    name,
    args: [...plain.args, own],
  })
  const written = variant('LSTM written as a cell', 'written')
  const withOptions = LSTM_OPTIONS.map((option) => variant(`LSTM, ${option}`, option))
  for (const size of Object.keys(SIZES) as Size[]) {
    const timings = await race(
      [plain, written, ...(size === 'M' ? withOptions : [])],
      writeWorkload(folder, 'LSTM', size),
      pace,
      ({ name }, reason) => {
        throw new Error(`${name}: ${reason}`)
      },
    )
    requireAgreement(timings.slice(0, 2))
    report(
      timings.flatMap((timing) => {
        const { name } = timing.contender
        const time = { what: `${name}, step ${size}`, value: middle(timing.rounds), unit: 'ms' }
        if (timing === timings[0]) return [time]
        const relative = ratio(timing, timings[0])
        return [time, { what: `${name} ÷ LSTM, step ${size}`, value: relative, unit: '' }]
      }),
    )
  }
}
