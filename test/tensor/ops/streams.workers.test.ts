// The default stream in other processes and threads: it begins at seed 0 in each of them, as
// documented, and manualSeed() begins another.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Generator, manualSeed, rand, randn, randomSeed } from 'tapegrad'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const drawn = (generator: Generator): string =>
  JSON.stringify([rand([3], { generator }).toArray(), randn([2], { generator }).toArray()])

/** What a program with this package, and a worker that it starts, print. */
function run(main: string, worker: string): unknown {
  const inside =
    "const main = async () => { (await import('tsx/esm/api')).register(); const { parentPort, " +
    "workerData } = await import('node:worker_threads'); const { rand, randn, manualSeed } = " +
    "await import('./src/index.ts'); const draw = () => JSON.stringify([rand([3]).toArray(), " +
    `randn([2]).toArray()]); parentPort.postMessage(${worker}) }; main()`
  const program = `import { Worker } from 'node:worker_threads'
    import { rand, randn, randomSeed } from './src/index.ts'
    const draw = () => JSON.stringify([rand([3]).toArray(), randn([2]).toArray()])
    const ask = (workerData) => new Promise((resolve) =>
      new Worker(${JSON.stringify(inside)}, { eval: true, workerData }).once('message', resolve))
    console.log(JSON.stringify(await (${main})()))`
  const printed = execFileSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', program],
    { cwd: root, encoding: 'utf8' },
  )
  return JSON.parse(printed)
}

it('processes and worker threads draw the same numbers unless they are seeded', () => {
  const [here, there, seeded] = run(
    'async () => [draw(), ...(await ask())]',
    '[draw(), (manualSeed(5), draw())]',
  ) as string[]
  expect([here, there]).toEqual([drawn(new Generator(0)), drawn(new Generator())])
  expect(seeded).toBe(drawn(new Generator(5)))
})

it('workers that are given seeds of the main stream draw different numbers, always the same', () => {
  const [first, second, main] = run(
    'async () => [await ask(randomSeed()), await ask(randomSeed()), draw()]',
    '(manualSeed(workerData), draw())',
  ) as string[]
  manualSeed(0)
  const seeds = [randomSeed(), randomSeed()]
  expect([first, second]).toEqual(seeds.map((seed) => drawn(new Generator(seed))))
  expect(new Set([first, second, main, drawn(new Generator(0))]).size).toBe(4)
})
