// The default stream in other processes and threads: it begins at seed 0 in each of them, as
// documented, and manualSeed() begins another.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Generator, manualSeed, rand, randn, ValueError } from 'tapegrad'
import { expect, it } from 'vitest'
import { refusal, untyped } from '../../support/refusal.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const drawn = (generator: Generator): string =>
  JSON.stringify([rand([3], { generator }).toArray(), randn([2], { generator }).toArray()])

it('processes and worker threads draw the same numbers unless they are seeded', () => {
  const draw =
    `const { rand, randn, manualSeed } = await import('./src/index.ts'); const draw = () => ` +
    'JSON.stringify([rand([3]).toArray(), randn([2]).toArray()])'
  const inside =
    `const main = async () => { (await import('tsx/esm/api')).register(); ${draw}; const first ` +
    '= draw(); manualSeed(5); (await ' +
    `import('node:worker_threads')).parentPort.postMessage([first, draw()]) }; main()`
  const program = `import { Worker } from 'node:worker_threads'
    ${draw}
    const worker = new Worker(${JSON.stringify(inside)}, { eval: true })
    worker.once('message', (there) => console.log(JSON.stringify([draw(), ...there])))`
  const printed = execFileSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', program],
    { cwd: root, encoding: 'utf8' },
  )
  const [here, there, seeded] = JSON.parse(printed) as string[]
  expect([here, there]).toEqual([drawn(new Generator(0)), drawn(new Generator())])
  expect(seeded).toBe(drawn(new Generator(5)))
})

it('manualSeed() wants a seed, and changes nothing without one', () => {
  manualSeed(9)
  expect(refusal(ValueError, () => (manualSeed as () => void)())).toMatchInlineSnapshot(
    `"manualSeed: expected a seed that is a whole number from 0 to 2^53 − 1, got undefined"`,
  )
  expect(() => manualSeed(untyped(null))).toThrow(ValueError)
  const generator = new Generator(9)
  expect(rand([3]).toArray()).toEqual(rand([3], { generator }).toArray())
})
