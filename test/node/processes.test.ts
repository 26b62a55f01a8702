// Checkpoints of real processes: killed before each call of the file system, without room, without
// permission, and two at once.

import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { full, type Tensor } from 'tapegrad'
import { type Checkpoint, latestCheckpoint, saveCheckpoint } from 'tapegrad/node'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { bundled } from './kill/build.ts'

const home = mkdtempSync(join(tmpdir(), 'tapegrad-processes-'))
// For a child that is another user.
chmodSync(home, 0o755)
afterAll(() => rmSync(home, { recursive: true }))
let script = ''
let folder = ''
beforeAll(async () => {
  script = await bundled('save', home)
})
beforeEach(() => {
  folder = mkdtempSync(join(home, 'f'))
})

interface State {
  step: number
  numbers: Tensor
}
const latest = (): Checkpoint<State> | null => latestCheckpoint<State>(folder)

/** Fails where a checkpoint is a mixture of two. */
function expectWhole(checkpoint: Checkpoint<State> | null): void {
  const { step, state, refused } = checkpoint as Checkpoint<State>
  expect({ step: state.step, refused }).toEqual({ step, refused: [] })
  expect(new Set(state.numbers.toTypedArray())).toEqual(new Set([step]))
}
const temporaries = (): string[] => readdirSync(folder).filter((name) => name.includes('.tmp-'))
const stepsIn = (): number[] =>
  readdirSync(folder).map((name) => Number(/^step-(\d{16})/.exec(name)?.[1]))

it('killed before any call of the file system, it leaves whole checkpoints and no rubbish', () => {
  const reached = new Set<number | undefined>()
  let seen = 0
  let dies = 0
  for (let alive = false; !alive; dies++) {
    rmSync(folder, { recursive: true })
    for (const step of [1, 2, 3])
      saveCheckpoint(folder, step, { step, numbers: full([20_000], step) }, { keep: 2 })
    const { signal, stdout, stderr } = spawnSync(
      process.execPath,
      [script, folder, '4', '4', String(dies)],
      { encoding: 'utf8' },
    )
    expect(stdout + stderr).toBe('')
    alive = signal === null
    const taken = latest()
    expectWhole(taken)
    expect([3, 4]).toContain(taken?.step)
    reached.add(taken?.step)
    seen += temporaries().length
    // The next one goes on as if nothing had happened.
    saveCheckpoint(folder, 5, { step: 5 }, { keep: 2 })
    expect(temporaries()).toEqual([])
    expect(stepsIn()).toEqual([taken?.step, 5])
  }
  // Killed before the rename and behind it, with the file half written and with older ones left.
  expect([...reached]).toEqual([3, 4])
  expect(seen).toBeGreaterThan(2)
  expect(dies).toBeGreaterThan(8)
})

it('without room, by a limit on the size of files, it fails and leaves what was there', () => {
  spawnSync(process.execPath, [script, folder, '1', '2'])
  const before = readdirSync(folder)
  // In blocks of 512 or 1024 bytes; the file has 80,000.
  const limited = `ulimit -f 20 && exec "${process.execPath}" "${script}" "${folder}" 3 3`
  const { status, signal, stdout } = spawnSync('sh', ['-c', limited], { encoding: 'utf8' })
  expect({ status, signal }).toEqual({ status: 1, signal: null })
  expect(stdout).toMatch(/^CheckpointError: saveCheckpoint: expected to write \S+, got EFBIG/)
  expect(readdirSync(folder)).toEqual(before)
  expectWhole(latest())
})

it('in a folder that may only be read it fails, and leaves what was there', () => {
  spawnSync(process.execPath, [script, folder, '1', '2'])
  const before = readdirSync(folder)
  chmodSync(folder, 0o555)
  // root may write anywhere.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  const { status, stdout } = spawnSync(process.execPath, [script, folder, '3', '3'], {
    encoding: 'utf8',
    ...user,
  })
  chmodSync(folder, 0o755)
  expect(stdout).toMatch(/^CheckpointError: saveCheckpoint: expected to write \S+, got EACCES/)
  expect(status).toBe(1)
  expect(readdirSync(folder)).toEqual(before)
})

it('two that write the same steps at once leave whole files', async () => {
  mkdirSync(folder, { recursive: true })
  const write = (): Promise<[number | null, string]> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [script, folder, '1', '60'])
      let printed = ''
      child.stdout.on('data', (chunk) => {
        printed += chunk
      })
      child.on('close', (code) => resolve([code, printed]))
    })
  let running = true
  const both = Promise.all([write(), write()]).finally(() => {
    running = false
  })
  let reads = 0
  while (running) {
    const taken = latest()
    if (taken !== null) {
      reads++
      const { step, numbers } = taken.state
      expect(new Set(numbers.toTypedArray())).toEqual(new Set([step]))
      // One that the other writer has removed since the folder was read; never a damaged one.
      for (const { reason } of taken.refused) expect(reason).toMatch(/^ENOENT/)
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  expect(await both).toEqual([
    [0, ''],
    [0, ''],
  ])
  expect(reads).toBeGreaterThan(3)
  expect(temporaries()).toEqual([])
  expectWhole(latest())
  expect(stepsIn()).toEqual([59, 60])
})
