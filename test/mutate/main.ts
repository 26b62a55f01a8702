// `npm run mutate`: plants one bug at a time in copies of the repository and asks the tests to find
// it. Prints a table by area, and every bug that got away.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import type { Bug, Planting, Table } from './mutants.ts'
import { further, near } from './near.ts'
import { type Result, report, required } from './report.ts'
import { type Planted, Sandbox } from './sandbox.ts'

const tables = fileURLToPath(new URL('bugs', import.meta.url))
const plantings: Planting[] = []
for (const path of readdirSync(tables, { recursive: true, encoding: 'utf8' }).sort()) {
  if (!path.endsWith('.ts')) continue
  const { table } = (await import(join(tables, path))) as { table: Table }
  plantings.push(...table.map((one) => ({ ...one, file: `src/${path}` })))
}

type Options = Record<
  'area' | 'file' | 'why' | 'seed' | 'jobs' | 'survivors' | 'json' | 'tests',
  string
> &
  Record<'near' | 'check', boolean>

const command = new Command('mutate')
  .description(
    'plants bugs in a copy of the repository, one at a time, and asks the tests to find them',
  )
  .option(
    '--area <name>',
    'only the bugs of this area: derivatives, tape, memory, layers, optimisers, kernels, checkers, files, derivations or distributed',
  )
  .option('--file <part>', 'only the bugs of files whose path contains this')
  .option('--why <part>', 'only the bugs whose description contains this')
  .option('--seed <number>', 'of the random cases', String(Math.floor(Math.random() * 1e6)))
  .option('--jobs <number>', 'copies at work side by side', String(availableParallelism()))
  .option('--survivors <path>', 'only the bugs that got away in the run that wrote this file')
  .option('--near', 'ask only the tests nearest to each bug: quicker, and more bugs get away')
  .option(
    '--tests <paths>',
    'ask only these tests, wherever the bug is: paths, with commas between',
  )
  .option('--check', 'only see whether every bug can be planted')
  .option('--json <path>', 'write what happened to each bug to this file')
  .parse()
const {
  area,
  file = '',
  why = '',
  seed,
  jobs,
  survivors,
  near: nearOnly = false,
  tests: only,
  check = false,
  json,
} = command.opts<Options>()

const earlier: readonly Result[] | null =
  survivors === undefined ? null : JSON.parse(readFileSync(survivors, 'utf8')).results
const gotAway = (of: Bug): boolean =>
  earlier?.some(
    ({ bug, caught }) => caught === null && bug.find === of.find && bug.replace === of.replace,
  ) ?? true

const testsOf = (planting: Planting): readonly string[] =>
  only !== undefined
    ? only.split(',')
    : nearOnly
      ? near(planting)
      : [...new Set([...near(planting), ...further(planting.file)])]

const chosen = plantings
  .filter(
    (planting) => (area === undefined || planting.area === area) && planting.file.includes(file),
  )
  .flatMap((planting) =>
    planting.bugs
      .filter((bug) => bug.why.includes(why) && gotAway(bug))
      .map((bug) => ({
        planting,
        bug,
        tests: testsOf(planting),
        asksRegistry: only === undefined,
      })),
  )

const sandboxes = Array.from({ length: check ? 1 : Number(jobs) }, () => new Sandbox(seed))
process.on('exit', () => {
  for (const sandbox of sandboxes) sandbox.close()
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
const occurrences = ({ planting, bug }: Planted): number =>
  (sandboxes[0] as Sandbox).occurrences(planting, bug)
const misplaced = chosen.filter((planted) => occurrences(planted) !== 1)
for (const planted of misplaced)
  console.error(
    `${planted.planting.file}: expected once, got ${occurrences(planted)} times: ` +
      `${planted.bug.find}`,
  )
// A run of tests that are not there fails, as if it had found the bug.
const asked = new Set(
  plantings.flatMap((planting) => [...near(planting), ...further(planting.file)]),
)
const absent = [...asked].filter((path) => !existsSync(path))
for (const path of absent) console.error(`${path}: expected tests, got no such file`)
const farOff = plantings.filter((planting) => near(planting).length === 0)
for (const { file } of farOff) console.error(`${file}: expected tests that are near, got none`)
const isBroken = misplaced.length + absent.length + farOff.length > 0
if (check || isBroken) {
  console.log(`${chosen.length - misplaced.length} of ${chosen.length} bugs can be planted`)
  process.exit(isBroken ? 1 : 0)
}

const began = Date.now()
const results: Result[] = []
const bar = new SingleBar({
  format: '{bar} {value}/{total} {survived} survived · {file}',
  clearOnComplete: true,
  hideCursor: true,
})

/** Takes bugs from the list until it is empty. */
async function work(sandbox: Sandbox, waiting: Planted[]): Promise<void> {
  for (let planted = waiting.shift(); planted !== undefined; planted = waiting.shift()) {
    const { planting, bug } = planted
    const started = Date.now()
    const caught = await sandbox.plant(planted)
    results.push({
      area: planting.area,
      file: planting.file,
      bug,
      caught,
      seconds: (Date.now() - started) / 1000,
    })
    if (json !== undefined) writeFileSync(json, `${JSON.stringify({ seed, results }, null, 2)}\n`)
    bar.update(results.length, {
      survived: results.filter((r) => r.caught === null).length,
      file: planting.file,
    })
    if (!process.stdout.isTTY && caught === null)
      console.log(`${results.length} of ${chosen.length} survived: ${planting.file}: ${bug.why}`)
  }
}

try {
  const tests = [...new Set(chosen.flatMap(({ tests }) => tests))]
  await Promise.all(
    sandboxes.map((sandbox, k) =>
      sandbox.expectHealthy(tests.filter((_, i) => i % sandboxes.length === k)),
    ),
  )
  if (process.stdout.isTTY) bar.start(chosen.length, 0, { survived: 0, file: '' })
  const waiting = [...chosen]
  await Promise.all(sandboxes.map((sandbox) => work(sandbox, waiting)))
} finally {
  bar.stop()
}
console.log(report(results, seed, (Date.now() - began) / 1000))
process.exit(results.filter((r) => r.caught !== null).length >= required * results.length ? 0 : 1)
