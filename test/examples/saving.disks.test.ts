// The main job on disks that take no more, or nothing: it ends in a line that says what to do, and
// goes on from what was saved; and what is saved within an epoch.
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { program, type Result, root, run, runLimited } from './run.ts'

const home = mkdtempSync(join(tmpdir(), 'tapegrad-disks-'))
// For a user who is not root.
chmodSync(home, 0o777)
afterAll(() => rmSync(home, { recursive: true }))

const svg = ['--svg', join(home, 'curve.svg')]
const rnn = ['--cell', 'rnn', '--hidden', '8', ...svg]
const name = (step: number, best = false): string =>
  `step-${String(step).padStart(16, '0')}${best ? '-best' : ''}.safetensors`
/** What follows from the numbers: not the seconds. */
const told = (stdout: string): string[] =>
  stdout.split('\n').filter((line) => /^(epoch|best| {2}[A-Z])/.test(line))

test('--every saves within an epoch; from there it goes on to the same lines', async () => {
  const folder = join(home, 'every')
  const flags = ['--epochs', '1', '--checkpoint', folder]
  const whole = await run('dinosaurs', ...rnn, ...flags, '--every', '10')
  expect(whole).toMatchObject({ code: 0, stderr: '' })
  // Minibatches of 32 names; the epoch has 1,186.
  expect(readdirSync(folder).sort()).toEqual([name(640), name(960), name(1186, true)])
  rmSync(join(folder, name(1186, true)))
  const rest = await run('dinosaurs', ...svg, ...flags, '--resume')
  expect(rest).toMatchObject({ code: 0, stderr: '' })
  expect(told(rest.stdout)).toEqual(told(whole.stdout))
  expect(told(rest.stdout)).toHaveLength(1 + 1 + 20)
})

test('--every without a folder is refused', async () => {
  const { code, stderr } = await run('dinosaurs', '--every', '10')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^error: option '--every' needs the folder: --checkpoint <folder>/)
})

/** Trains as a user who may not write everywhere; calls `then` once the first epoch is told. */
function trained(then: () => void, ...flags: string[]): Promise<Result> {
  const child = spawn(process.execPath, [program('dinosaurs'), ...flags], {
    cwd: root,
    ...(process.getuid?.() === 0 && { uid: 65534, gid: 65534 }),
  })
  const result = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (chunk) => {
      const before = result[stream]
      result[stream] += chunk
      if (!/^epoch /m.test(before) && /^epoch /m.test(result[stream])) then()
    })
  return new Promise((resolve) =>
    child.on('close', (code) => resolve({ code: code ?? -1, ...result })),
  )
}

test('a folder that becomes read-only ends the training in a line; it goes on later', async () => {
  const folder = join(home, 'readOnly')
  mkdirSync(folder)
  chmodSync(folder, 0o777)
  const flags = ['--epochs', '10', '--checkpoint', folder, '--every', '7']
  const { code, stdout, stderr } = await trained(
    () => chmodSync(folder, 0o555),
    ...['--cell', 'rnn', '--hidden', '8', '--svg', join(home, 'nobody.svg'), ...flags],
  )
  const others = (): string[] =>
    readdirSync(folder).filter((file) => !/^step-\d{16}(-best)?\.safetensors$/.test(file))
  // In the middle of a save the temporary file cannot be removed any more; the next save does it.
  const [saved, temporaries] = [readdirSync(folder).length, others()]
  chmodSync(folder, 0o777)
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^error: saveCheckpoint: expected to write \S+, got EACCES: .* name another folder; then go on: npm start -- --epochs 10 --checkpoint \S+ --every 7 --resume\n$/,
  )
  expect(temporaries.filter((file) => !file.includes('.tmp-'))).toEqual([])
  expect(saved).toBeGreaterThan(temporaries.length)

  const rest = await run('dinosaurs', ...svg, ...flags, '--resume')
  expect(rest).toMatchObject({ code: 0, stderr: '' })
  expect(others()).toEqual([])
  const whole = await run('dinosaurs', ...rnn, '--epochs', '10')
  // What it told after its last checkpoint is told again.
  const [lines, last] = [told(whole.stdout), told(rest.stdout)]
  expect(last).toEqual(lines.slice(-last.length))
  expect(told(stdout)).toEqual(lines.slice(0, told(stdout).length))
  expect(told(stdout).length + last.length).toBeGreaterThanOrEqual(lines.length)
})

test('a disk without room for the next checkpoint ends the training in a line', async () => {
  const folder = join(home, 'full')
  const flags = ['--epochs', '60', '--checkpoint', folder]
  // The file grows by 1,500 bytes an epoch, from 23,000 after the first.
  const { code, stdout, stderr } = await runLimited(50, 'dinosaurs', ...rnn, ...flags)
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^error: saveCheckpoint: expected to write \S+, got EFBIG: .*: make room, or name another folder; then go on: npm start -- --epochs 60 --checkpoint \S+ --resume\n$/,
  )
  expect(told(stdout).length).toBeGreaterThan(0)
  expect(readdirSync(folder)).toHaveLength(3)
})

test('a folder that cannot be written is told before the first step', async () => {
  const folder = join(home, 'noRoom')
  const { code, stdout, stderr } = await runLimited(
    4,
    'dinosaurs',
    ...[...rnn, '--checkpoint', folder],
  )
  expect(code).toBe(1)
  // There is nothing to go on from.
  expect(stderr).toMatch(/^error: saveCheckpoint: .* got EFBIG: .* or name another folder\n$/)
  expect(stdout).not.toContain('epoch')
  expect(readdirSync(folder)).toEqual([])
})

test('weights and a curve without room are told in a line each, and not left in part', async () => {
  const [weights, curve] = [join(home, 'weights'), join(home, 'unwritten.svg')]
  const folder = join(home, 'ended')
  const flags = ['--cell', 'rnn', '--hidden', '8', '--epochs', '1']
  const { code, stdout, stderr } = await runLimited(
    4,
    'dinosaurs',
    ...[...flags, '--save', weights, '--svg', curve],
  )
  expect(code).toBe(1)
  expect(told(stdout)).toHaveLength(1 + 1 + 20)
  expect(stdout).not.toContain('written')
  const [first, second, ...more] = stderr.split('\n')
  expect(first).toMatch(/^error: cannot write the weights to '.*': EFBIG: .* name another file$/)
  expect(second).toMatch(/^error: cannot write the loss curve to '.*': EFBIG: .* another file$/)
  expect(more).toEqual([''])
  expect([weights, curve].filter((file) => existsSync(file))).toEqual([])

  // With a checkpoint, the weights can still be had.
  expect(await run('dinosaurs', ...rnn, ...flags, '--checkpoint', folder)).toMatchObject({
    code: 0,
  })
  const resume = ['--epochs', '1', '--checkpoint', folder, '--resume']
  const again = await runLimited(4, 'dinosaurs', ...svg, ...resume, '--save', weights)
  expect(again.stderr).toMatch(
    /another file, by npm start -- --epochs 1 --checkpoint \S+ --resume --save <file>$/m,
  )
  expect(await run('dinosaurs', ...svg, ...resume, '--save', weights)).toMatchObject({ code: 0 })
  expect(existsSync(weights)).toBe(true)
})
