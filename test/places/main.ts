// Runs the README's taste in every place that its table names, with the packed package in an empty
// folder, and prints the table. `npm run places -- Node Vite` runs those alone; --write puts the
// table of a whole run into README. Needs npm's registry, and Chromium for pages.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rows as bundlers } from './bundlers.ts'
import { rows as runtimes } from './node.ts'
import { rows as pages } from './pages.ts'
import { expected, prepare, type Row, readme } from './place.ts'
import { rows as typescript } from './typescript.ts'

const [flags, words] = [
  process.argv.slice(2).filter((word) => word.startsWith('--')),
  process.argv.slice(2).filter((word) => !word.startsWith('--')),
]
const rows = [...runtimes, ...pages, ...bundlers, ...typescript]
const chosen =
  words.length === 0
    ? rows
    : rows.filter(({ place, way, tools }) =>
        words.some((word) =>
          [place, way, ...tools].some((text) => text.toLowerCase() === word.toLowerCase()),
        ),
      )

interface Result {
  row: Row
  version: string
  complaint: string | null
}

async function attempt(row: Row): Promise<Result> {
  let version = '?'
  let folder: string | undefined
  try {
    const prepared = await prepare(row)
    version = (await row.version?.(prepared.site)) ?? prepared.version
    folder = prepared.site.folder
    const printed = await row.run(prepared.site)
    const lines = [...printed.matchAll(/^\s*(step \d+: [\d.]+ nats)\s*$/gm)]
      .map(([, line]) => line)
      .join('\n')
    return {
      row,
      version,
      complaint: lines === expected ? null : `expected\n${expected}\ngot\n${printed}`,
    }
  } catch (error) {
    return { row, version, complaint: (error as Error).message }
  } finally {
    if (folder !== undefined && !flags.includes('--keep'))
      rmSync(folder, { recursive: true, force: true })
  }
}

/** A line for each place: what ran there, and in which versions. */
function table(results: readonly Result[]): string {
  const places = [...new Set(results.map(({ row }) => row.place))]
  const lines = places.map((place) => {
    const here = results.filter(({ row }) => row.place === place)
    return (
      `| ${place} | ${[...new Set(here.map(({ version }) => version))].join(', ')} | ` +
      `${[...new Set(here.map(({ row }) => row.way))].join(', ')} |`
    )
  })
  return [`| where | versions | how |`, `|---|---|---|`, ...lines].join('\n')
}

const results: Result[] = []
async function runFrom(waiting: Iterator<Row>): Promise<void> {
  for (let next = waiting.next(); !next.done; next = waiting.next()) {
    const { place, way } = next.value
    const began = performance.now()
    const result = await attempt(next.value)
    results.push(result)
    const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5)
    console.log(
      `${result.complaint === null ? 'ran   ' : 'FAILED'} ${seconds} s  ${place} ` +
        `${result.version}: ${way}`,
    )
    if (result.complaint !== null) console.log(result.complaint.replace(/^/gm, '    | '))
  }
}

// Two at a time: half of what they do is waiting for npm.
const waiting = chosen.values()
await Promise.all([runFrom(waiting), runFrom(waiting)])
results.sort((a, b) => chosen.indexOf(a.row) - chosen.indexOf(b.row))

/** The table's lines without the versions: README's are to be those of the rows there are. */
const named = (text: string): string => text.replace(/^(\| [^|]+ \|)[^|]+(\| [^|]+ \|)$/gm, '$1$2')
const documented =
  chosen !== rows ||
  flags.includes('--write') ||
  named(readFileSync(readme, 'utf8')).includes(named(table(results)))
if (!documented) console.log('FAILED README has the table of other rows: npm run places -- --write')
const failed = results.filter(({ complaint }) => complaint !== null).length + (documented ? 0 : 1)
console.log(`\n${table(results.filter(({ complaint }) => complaint === null))}\n`)
if (flags.includes('--write') && failed === 0 && chosen === rows) {
  const text = `${table(results)}\n\nLast run ${new Date().toISOString().slice(0, 10)}.\n`
  const marked = /(<!-- places -->\n)[\s\S]*?(<!-- \/places -->)/
  writeFileSync(
    readme,
    readFileSync(readme, 'utf8').replace(marked, (_, before, after) => `${before}${text}${after}`),
  )
}
// The form of Vitest's reports, as far as .ci/run reads them.
const passed = results.filter(({ complaint }) => complaint === null).length
const report = flags.find((flag) => flag.startsWith('--report='))?.slice('--report='.length)
if (report !== undefined)
  writeFileSync(
    report,
    JSON.stringify({ numPassedTests: passed, numFailedTests: failed, success: failed === 0 }),
  )
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
