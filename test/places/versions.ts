// Runs the kernels' tests in the versions of Node whose V8 differ most, but for this one, in which
// the whole suite runs; and where V8 can make wide vectors, the tests of the loops with them. Those
// of a BLAS library are left out: its products are not V8's. Needs npm's registry.

import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { homeOf, root } from './place.ts'

interface Run {
  major: number
  wide: boolean
}

const here = Number(process.versions.node.split('.')[0])
const runs: Run[] = [
  ...[20, 24, 26].filter((major) => major !== here).map((major) => ({ major, wide: false })),
  ...[24, 26].map((major) => ({ major, wide: true })),
]
const tests = readdirSync(join(root, 'test/kernels'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts') && !path.startsWith('blas'))
  .map((path) => join('test/kernels', path))
const reports = mkdtempSync(join(tmpdir(), 'tapegrad-versions-'))

interface Report {
  numPassedTests: number
  numFailedTests: number
  success: boolean
}

/** Runs the tests, and prints what failed. A run without a report counts as one that failed. */
async function reportOf({ major, wide }: Run): Promise<Report> {
  const title = `Node ${major}${wide ? ', wide vectors' : ''}`
  const file = join(reports, `${major}-${wide}.json`)
  const chosen = tests.filter((path) => !wide || path.includes('assembly'))
  const began = performance.now()
  let printed = ''
  let report: Report = { numPassedTests: 0, numFailedTests: 1, success: false }
  try {
    const bin = join(await homeOf([`node@${major}`]), 'node_modules/.bin')
    const { NODE_OPTIONS: _, ...env } = process.env
    const args = ['--maxWorkers=1', '--reporter=default', '--reporter=json', `--outputFile=${file}`]
    printed = await new Promise<string>((resolve) => {
      execFile(
        join(bin, 'node'),
        [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...chosen, ...args],
        {
          cwd: root,
          env: {
            ...env,
            NO_COLOR: '1',
            PATH: `${bin}${delimiter}${env.PATH}`,
            WIDE_VECTORS: wide ? '1' : '0',
          },
          timeout: 600_000,
          maxBuffer: 2 ** 26,
        },
        (_error, stdout, stderr) => resolve(stdout + stderr),
      )
    })
    report = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    printed += (error as Error).message
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5)
  const { numPassedTests: passed, success } = report
  console.log(`${success ? 'ran   ' : 'FAILED'} ${seconds} s  ${title}: ${passed} passed`)
  if (!success) console.log(printed.replace(/^/gm, '    | '))
  return { ...report, numFailedTests: success ? 0 : Math.max(1, report.numFailedTests) }
}

const results: Report[] = []
async function runFrom(waiting: Iterator<Run>): Promise<void> {
  for (let next = waiting.next(); !next.done; next = waiting.next())
    results.push(await reportOf(next.value))
}
const waiting = runs.values()
await Promise.all(Array.from({ length: availableParallelism() }, () => runFrom(waiting)))
rmSync(reports, { recursive: true })

const sum = (of: 'numPassedTests' | 'numFailedTests'): number =>
  results.reduce((total, result) => total + result[of], 0)
const [passed, failed] = [sum('numPassedTests'), sum('numFailedTests')]
const file = process.argv.find((word) => word.startsWith('--report='))?.slice('--report='.length)
if (file !== undefined)
  writeFileSync(
    file,
    JSON.stringify({ numPassedTests: passed, numFailedTests: failed, success: failed === 0 }),
  )
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
