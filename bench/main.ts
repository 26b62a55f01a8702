// `npm run bench`: measures everything, prints one table and writes bench/results.json. Figures are for this machine, in this run.

import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { kernelRows } from './kernels.ts'
import type { Row } from './measure.ts'
import { stepRows } from './steps.ts'
import { tapeRows } from './tape.ts'

const rows: Row[] = []
const report = (more: readonly Row[]): void => {
  for (const { what, value, unit } of more) console.log(`${what.padEnd(56)} ${value.toPrecision(4).padStart(10)} ${unit}`)
  rows.push(...more)
}

console.log(`Node ${process.version}, ${cpus()[0].model}, one thread; medians\n`)
report(kernelRows())
report(tapeRows())
report(stepRows(['LSTM', 'RNN'], ['S', 'M', 'L']))
console.log(`\npeak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`)

const results = new URL('results.json', import.meta.url)
writeFileSync(results, `${JSON.stringify({ node: process.version, cpu: cpus()[0].model, rows }, null, 2)}\n`)
