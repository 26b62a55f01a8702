// `npm run bench`: measures everything, prints one table and writes bench/results.json. The figures
// hold for this machine and this run.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { wholeNumber } from '../examples/flags/wholeNumber.ts'
import { blasRows } from './blas.ts'
import { buildPackage, buildRunner, sizeRows } from './build.ts'
import { fillIn } from './document.ts'
import { TASKS, type Task } from './entrants.ts'
import { kernelRows } from './kernels.ts'
import type { Row } from './measure.ts'
import { peerRows } from './peers.ts'
import { dinosaurRows, firstCallRows, revectorisedRows, startRows } from './programs.ts'
import { rankRows } from './ranks.ts'
import { machine, PARTS, type Part, readResults, writePart, writePeers } from './results.ts'
import { secondOrderRows } from './secondOrder.ts'
import { stepRows } from './steps.ts'
import { tapeRows } from './tape.ts'
import { variantRows } from './variants.ts'

interface Flags {
  only?: Part
  peers: boolean
  tasks: Task[]
  ranks?: number
  quick: boolean
  build: boolean
  document: boolean
}

const flags = new Command('npm run bench --')
  .description(
    'Measures kernels, tape, training steps, start-up, memory and size; with --peers, training ' +
      'steps beside those of other frameworks.',
  )
  .addOption(new Option('--only <part>', 'measure one part').choices(PARTS).conflicts('peers'))
  .option(
    '--peers',
    'measure in turns with PyTorch and the packages of bench/peers/package.json',
    false,
  )
  .addOption(
    new Option('--tasks <task...>', 'with --peers, these tasks only')
      .choices(TASKS)
      .default([...TASKS], 'all'),
  )
  .option('--ranks <number>', 'measure by one and by so many processes of MPI', wholeNumber(2, 64))
  .option('--quick', 'short runs, to see that everything works; nothing is written', false)
  .option('--no-build', 'measure dist/ as it is')
  .option(
    '--document',
    'measure nothing; put the figures of bench/results.json into docs/performance.md',
    false,
  )
  .parse()
  .opts<Flags>()

const pace = flags.quick ? { rounds: 2, turn: 50 } : { rounds: 7, turn: 250 }

async function measure(part: Part, folder: string, runner: string): Promise<void> {
  const rows: Row[] = []
  const report = (more: readonly Row[]): void => {
    for (const { what, value, unit } of more)
      console.log(`${what.padEnd(64)} ${value.toPrecision(4).padStart(10)} ${unit}`)
    rows.push(...more)
  }
  if (part === 'kernels') report(kernelRows())
  if (part === 'revectorised') report(revectorisedRows())
  if (part === 'blas') report((await blasRows()) ?? [])
  if (part === 'tape') report(tapeRows())
  if (part === 'order2') report(secondOrderRows())
  if (part === 'steps') await stepRows(folder, runner, pace, report)
  if (part === 'variants') await variantRows(folder, runner, pace, report)
  if (part === 'start') {
    const runs = flags.quick ? 1 : 9
    report(await startRows(folder, runner, runs))
    report(firstCallRows(runner, runs))
  }
  if (part === 'size') report(await sizeRows())
  if (part === 'ranks') rankRows(flags.ranks ?? 2, flags.quick, report)
  if (part === 'dinosaurs') report(dinosaurRows(folder, flags.quick ? 1 : 3))
  if (!flags.quick && rows.length > 0) writePart(part, rows)
}

async function run(folder: string): Promise<void> {
  console.log(`Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores; medians\n`)
  if (flags.ranks !== undefined) return measure('ranks', folder, '')
  if (flags.build) buildPackage()
  const runner = await buildRunner(folder)
  if (flags.peers) {
    const rows = await peerRows(folder, runner, pace, flags.tasks)
    if (!flags.quick) writePeers(rows)
    return
  }
  for (const part of PARTS)
    if (flags.only === undefined || flags.only === part) await measure(part, folder, runner)
}

if (flags.document) fillIn(readResults())
else {
  const folder = mkdtempSync(join(tmpdir(), 'tapegrad-bench-'))
  await run(folder).finally(() => rmSync(folder, { recursive: true, force: true }))
}
