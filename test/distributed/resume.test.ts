// A training on two ranks that goes on with three, in the middle of an epoch: the numbers of one
// process that was never stopped.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { bundle, isThere, launch, run } from './launch.ts'

interface Trained {
  step: number
  numbers: number[]
}
const folder = mkdtempSync(join(tmpdir(), 'tapegrad-resume-'))
afterAll(() => rmSync(folder, { recursive: true }))
const folderOf = (name: string): string => join(folder, name)

it.runIf(isThere('openmpi'))('2 ranks for 7 steps, then 3 ranks: as one process', async () => {
  const script = bundle('resume')
  const whole = await run<Trained>([process.execPath, script, folderOf('one'), '13'])
  await launch<Trained>(2, 'resume', { args: [folderOf('many'), '7'] })
  const resumed = await launch<Trained>(3, 'resume', { args: [folderOf('many'), '13'] })
  const [expected, got] = [whole.reports[0] as Trained, resumed.reports[0] as Trained]
  expect([expected.step, got.step]).toEqual([13, 13])
  expect(got.numbers).toHaveLength(expected.numbers.length)
  got.numbers.forEach((x, i) => {
    expect(Math.abs(x - (expected.numbers[i] as number))).toBeLessThan(1e-12)
  })
})
