// Whole programs: how soon a fresh process has trained its first step, what the import costs, how long the dinosaur example trains.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { built, root } from './build.ts'
import { childEnvironment, middle } from './contender.ts'
import type { Row } from './measure.ts'
import { writeWorkload } from './workload.ts'

const node = (...args: string[]): string => execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', env: childEnvironment() })
const elapsed = (start: number): number => performance.now() - start

/** Milliseconds from spawning Node to the answer that one S step is done. */
async function firstStep(runner: string, task: string): Promise<number> {
  const start = performance.now()
  const child = spawn(process.execPath, [runner, task, '1'], { stdio: ['pipe', 'pipe', 'inherit'], env: childEnvironment() })
  child.stdin.end('1\n')
  let printed = ''
  for await (const text of child.stdout) {
    printed += text
    if (printed.includes('losses')) break
  }
  const time = elapsed(start)
  if (child.exitCode === null) await once(child, 'exit')
  return time
}

function importTime(): number {
  return Number(node('--input-type=module', '--eval', `const start = performance.now(); await import('${built}'); console.log(performance.now() - start)`))
}

function emptyProgram(): number {
  const start = performance.now()
  node('--eval', '0')
  return elapsed(start)
}

export async function startRows(folder: string, runner: string, runs: number): Promise<Row[]> {
  const task = writeWorkload(folder, 'LSTM', 'S')
  const [starts, imports, empty]: number[][] = [[], [], []]
  for (let i = 0; i < runs; i++) {
    starts.push(await firstStep(runner, task))
    imports.push(importTime())
    empty.push(emptyProgram())
  }
  return [
    { what: 'fresh process to a finished first LSTM step S', value: middle(starts), unit: 'ms' },
    { what: 'of which an empty program', value: middle(empty), unit: 'ms' },
    { what: 'import', value: middle(imports), unit: 'ms' },
  ]
}

/** As the example itself reports it, for 10 epochs with built-in kernels on one thread. */
export function dinosaurRows(folder: string, runs: number): Row[] {
  const seconds = Array.from({ length: runs }, () => {
    const printed = node('--import', 'tsx', 'examples/dinosaurs.ts', '--svg', join(folder, 'dinosaurs.svg'))
    return Number(/trained for ([\d.]+) s/.exec(printed)?.[1])
  })
  return [{ what: 'dinosaur example, 10 epochs', value: middle(seconds), unit: 's' }]
}
