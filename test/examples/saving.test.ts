// The main job that outlives its process: stopped by Ctrl-C and resumed it prints what one prints
// that was not; its weights invent names in another process.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ones } from 'tapegrad'
import { writeSafetensors } from 'tapegrad/files'
import { afterAll, expect, test } from 'vitest'
import { program, root, run } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapegrad-saving-'))
afterAll(() => rmSync(folder, { recursive: true }))

const small = ['--hidden', '8', '--svg', join(folder, 'curve.svg')]
const rnn = ['--cell', 'rnn', ...small]
/** What follows from the numbers: not the seconds. */
const told = (stdout: string): string[] =>
  stdout.split('\n').filter((line) => /^(epoch|best| {2}[A-Z])/.test(line))

/** Sends Ctrl-C once the first epoch is told. */
function interrupted(...flags: string[]): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(process.execPath, [program('dinosaurs'), ...flags], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let stdout = ''
  child.stdout.on('data', (chunk) => {
    if (!/^epoch /m.test(stdout) && /^epoch /m.test(stdout + chunk)) child.kill('SIGINT')
    stdout += chunk
  })
  return new Promise((resolve) => child.on('exit', (code) => resolve({ code, stdout })))
}

test('Ctrl-C saves; --resume goes on to the lines of a training that was not stopped', async () => {
  const checkpoint = join(folder, 'stopped')
  const weights = join(folder, 'model.safetensors')
  const whole = await run('dinosaurs', ...rnn, '--epochs', '16')
  const first = await interrupted(...rnn, '--epochs', '16', '--checkpoint', checkpoint)
  expect(first.code).toBe(130)
  expect(first.stdout).toMatch(
    /\nsaved; to go on:\nnpm start -- --epochs 16 --checkpoint \S+ --resume\n/,
  )
  // The cell, the size and the seed are those of the checkpoint.
  const second = await run(
    'dinosaurs',
    ...['--epochs', '16', '--checkpoint', checkpoint, '--resume'],
    ...['--svg', join(folder, 'curve.svg'), '--save', weights],
  )
  expect(second.stderr).toBe('')
  const lines = told(whole.stdout)
  expect(lines).toHaveLength(16 + 1 + 20)
  expect(told(first.stdout).length).toBeLessThan(16)
  expect([...told(first.stdout), ...told(second.stdout)]).toEqual(lines)

  const sampled = await run('sample', weights, '--count', '5')
  expect(sampled).toMatchObject({ code: 0, stderr: '' })
  expect(sampled.stdout).toMatch(/^([A-Z][a-z]{0,29}\n){5}$/)
  expect(await run('sample', weights, '--count', '5')).toEqual(sampled)
  expect((await run('sample', weights, '--count', '5', '--seed', '1')).stdout).not.toBe(
    sampled.stdout,
  )

  // A folder that holds a training is not begun anew.
  const again = await run('dinosaurs', ...rnn, '--checkpoint', checkpoint)
  expect(again).toMatchObject({ code: 2, stdout: '' })
  expect(again.stderr).toMatch(/^error: \S+ holds a training already: go on with it by --resume/)
})

test('--resume without a checkpoint says so and begins, without a folder it is refused', async () => {
  const none = await run(
    'dinosaurs',
    ...[...rnn, '--epochs', '1', '--checkpoint', join(folder, 'new'), '--resume'],
  )
  expect(none.code).toBe(0)
  expect(none.stderr).toMatch(/^no checkpoint in \S+ yet: a new training\n$/)
  const { code, stderr } = await run('dinosaurs', '--resume')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^error: option '--resume' needs the folder: --checkpoint <folder>/)
})

test('checkpoints that are all damaged are told in a line', async () => {
  const damaged = join(folder, 'damaged')
  mkdirSync(damaged)
  writeFileSync(join(damaged, 'step-0000000000000001.safetensors'), 'abc')
  const { code, stderr } = await run('dinosaurs', ...rnn, '--checkpoint', damaged, '--resume')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^error: latestCheckpoint: expected a whole checkpoint in /)
  expect(stderr).not.toContain('    at ')
})

test.each<[what: string, contents: Uint8Array | string | null, message: RegExp]>([
  ['no file', null, /ENOENT/],
  ['another file', 'a page of text', /readSafetensors: expected/],
  ['other weights', writeSafetensors({ x: ones([2]) }), /expected weights that npm start/],
  [
    'weights that do not fit',
    writeSafetensors({ x: ones([2]) }, { cell: 'rnn', hidden: '8' }),
    /this state does not fit/,
  ],
])('sample tells of %s in a line', async (what, contents, message) => {
  const file = join(folder, `${what}.safetensors`)
  if (contents !== null) writeFileSync(file, contents)
  const { code, stdout, stderr } = await run('sample', file)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^error: cannot take weights from '/)
  expect(stderr).toMatch(message)
  expect(stderr).not.toContain('    at ')
})
