// `npm run mutate`: plants one bug at a time in a copy of the repository and asks the tests to find it. Prints a table by area, and every bug that got away.

import { readFileSync, writeFileSync } from 'node:fs'
import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import { elementwise } from './bugs/elementwise.ts'
import { kernels } from './bugs/kernels.ts'
import { layers } from './bugs/layers.ts'
import { ops } from './bugs/ops.ts'
import { optimisers } from './bugs/optim.ts'
import { products } from './bugs/products.ts'
import { tape } from './bugs/tape.ts'
import { Garden } from './garden.ts'
import type { Bug } from './planted.ts'
import { type Result, report, required } from './report.ts'

const plantings = [...elementwise, ...ops, ...tape, ...layers, ...optimisers, ...kernels, ...products]

type Options = Record<'area' | 'file' | 'why' | 'seed' | 'survivors' | 'json', string> & Record<'near' | 'check', boolean>

const command = new Command('mutate')
  .description('plants bugs in a copy of the repository, one at a time, and asks the tests to find them')
  .option('--area <name>', 'only the bugs of this area: derivatives, tape, layers, optimisers or kernels')
  .option('--file <part>', 'only the bugs of files whose path contains this')
  .option('--why <part>', 'only the bugs whose description contains this')
  .option('--seed <number>', 'of the random cases', String(Math.floor(Math.random() * 1e6)))
  .option('--survivors <path>', 'only the bugs that got away in the run that wrote this file')
  .option('--near', 'ask only the tests nearest to each bug: quicker, and more bugs get away')
  .option('--check', 'only see whether every bug can be planted')
  .option('--json <path>', 'write what happened to each bug to this file')
  .parse()
const { area, file = '', why = '', seed, survivors, near = false, check = false, json } = command.opts<Options>()

const earlier: readonly Result[] | null = survivors === undefined ? null : JSON.parse(readFileSync(survivors, 'utf8')).results
const gotAway = (of: Bug): boolean => earlier?.some(({ bug, caught }) => caught === null && bug.find === of.find && bug.replace === of.replace) ?? true

const chosen = plantings
  .filter((planting) => (area === undefined || planting.area === area) && planting.file.includes(file))
  .map((planting) => (near ? { ...planting, further: [] } : planting))
  .flatMap((planting) => planting.bugs.filter((bug) => bug.why.includes(why) && gotAway(bug)).map((bug) => ({ planting, bug })))

const garden = new Garden(seed)
process.on('exit', () => garden.close())
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
const misplaced = chosen.filter(({ planting, bug }) => garden.occurrences(planting, bug) !== 1)
for (const { planting, bug } of misplaced) console.error(`${planting.file}: expected once, got ${garden.occurrences(planting, bug)} times: ${bug.find}`)
if (check || misplaced.length > 0) {
  console.log(`${chosen.length - misplaced.length} of ${chosen.length} bugs can be planted`)
  process.exit(misplaced.length > 0 ? 1 : 0)
}

const began = Date.now()
const results: Result[] = []
const bar = new SingleBar({ format: '{bar} {value}/{total} {survived} survived · {file}', clearOnComplete: true, hideCursor: true })
try {
  await garden.expectHealthy(chosen.map(({ planting }) => planting))
  if (process.stdout.isTTY) bar.start(chosen.length, 0, { survived: 0, file: '' })
  for (const [k, { planting, bug }] of chosen.entries()) {
    garden.prepare(chosen[k + 1])
    const started = Date.now()
    const caught = await garden.plant(planting, bug)
    results.push({ area: planting.area, file: planting.file, bug, caught, seconds: (Date.now() - started) / 1000 })
    if (json !== undefined) writeFileSync(json, `${JSON.stringify({ seed, results }, null, 2)}\n`)
    bar.update(k + 1, { survived: results.filter((r) => r.caught === null).length, file: planting.file })
    if (!process.stdout.isTTY && caught === null) console.log(`${k + 1} of ${chosen.length} survived: ${planting.file}: ${bug.why}`)
  }
} finally {
  bar.stop()
}
console.log(report(results, seed, (Date.now() - began) / 1000))
process.exit(results.filter((r) => r.caught !== null).length >= required * results.length ? 0 : 1)
