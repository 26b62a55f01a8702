// Times of whole programs: of a fresh process until its first training step, of the import, of
// a layer's first call, of the dinosaur example; and of the kernels in a Node that re-vectorises
// them.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { built, root } from './build.ts'
import type { Cell } from './cells.ts'
import { childEnvironment, middle } from './contender.ts'
import { newNode } from './entrants.ts'
import type { Row } from './measure.ts'
import { writeWorkload } from './workload.ts'

const run = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, { cwd: root, encoding: 'utf8', env: childEnvironment() })
const node = (...args: string[]): string => run(process.execPath, args)
const elapsed = (start: number): number => performance.now() - start

/** Milliseconds from spawning Node to the answer that one S step is done. */
async function firstStep(runner: string, task: string): Promise<number> {
  const start = performance.now()
  const child = spawn(process.execPath, [runner, task, '1'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: childEnvironment(),
  })
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
  return Number(
    node(
      '--input-type=module',
      '--eval',
      `const start = performance.now(); await import('${built}'); console.log(performance.now() ` +
        '- start)',
    ),
  )
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

/** A layer's first call in a process, which records its cell and lowers it, and the later ones. */
export function firstCallRows(runner: string, runs: number): Row[] {
  return (['LSTM', 'GRU'] satisfies Cell[]).flatMap((cell) => {
    const [first, later]: number[][] = [[], []]
    for (let i = 0; i < runs; i++) {
      const printed = execFileSync(process.execPath, [runner, `call-${cell}`, '1'], {
        input: '50\n',
        encoding: 'utf8',
        env: childEnvironment(),
      })
      const { times } = JSON.parse(printed.slice(printed.indexOf('{')))
      first.push(times[0])
      later.push(middle(times.slice(1)))
    }
    const what = `call of a small ${cell} and its backward pass`
    return [
      { what: `first ${what}`, value: middle(first), unit: 'ms' },
      { what: `later ${what}`, value: middle(later), unit: 'ms' },
    ]
  })
}

/**
 * The time that the example reports for 10 epochs, with built-in kernels on one thread, and
 * re-vectorised where there is a Node that can do so.
 */
export function dinosaurRows(folder: string, runs: number): Row[] {
  const seconds = (command: string): number => {
    const reported = Array.from({ length: runs }, () => {
      const printed = run(command, [
        '--import',
        'tsx',
        'examples/dinosaurs.ts',
        '--svg',
        join(folder, 'dinosaurs.svg'),
      ])
      return Number(/trained for ([\d.]+) s/.exec(printed)?.[1])
    })
    return middle(reported)
  }
  const what = 'dinosaur example, 10 epochs'
  return [
    { what, value: seconds(process.execPath), unit: 's' },
    ...(existsSync(newNode)
      ? [{ what: `${what}, re-vectorised`, value: seconds(newNode), unit: 's' }]
      : []),
  ]
}

/** The kernels' figures when they are re-vectorised; none without a Node that can do so. */
export function revectorisedRows(): Row[] {
  if (!existsSync(newNode)) return []
  const script =
    "import { kernelRows } from './bench/kernels.ts'; import { useWideVectors } from 'tapegrad';" +
    ' console.log(JSON.stringify((await useWideVectors()) ? kernelRows() : []))'
  return JSON.parse(run(newNode, ['--import', 'tsx', '--input-type=module', '--eval', script]))
}
