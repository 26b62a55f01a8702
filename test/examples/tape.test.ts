// The picture of one LSTM step as a user gets it, and how examples are found by their names.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { controlCodes, run, runSource } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapegrad-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('the text is printed, the picture is written', async () => {
  const file = join(folder, 'step.svg')
  const { code, stdout, stderr } = await runSource('run', 'tape', file)
  expect({ code, stderr, codes: controlCodes(stdout) }).toEqual({ code: 0, stderr: '', codes: '' })
  expect(stdout).toContain('tape of h′, c′: 16 ops\n')
  expect(stdout).toContain(`picture written to ${file}`)
  const svg = readFileSync(file, 'utf8')
  for (const shown of [
    'affine',
    'slice[:, 15:20]',
    'sigmoid',
    'tanh',
    'weight_ih',
    'bias_hh',
    '→ h′ (2, 5)',
    '→ c′ (2, 5)',
  ])
    expect(svg).toContain(`>${shown}<`)
})

test('a file that cannot be written is refused before anything is printed, with what to do', async () => {
  const missing = join(folder, 'missing')
  const refused = await run('tape', join(missing, 'step.svg'))
  expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: '' })
  expect(refused.stderr.split('\n')[0]).toBe(
    `error: argument '${join(missing, 'step.svg')}' is invalid. Allowed is a file that can be ` +
      `written: the folder '${missing}' does not exist: make it first`,
  )
  expect((await run('tape', folder)).stderr).toMatch(/that can be written: EISDIR/)
})

test('an unknown name is answered with those there are', async () => {
  const list =
    'npm run example <name>, where name is one of addingProblem, derive, dinosaurs, distributed, newton, ' +
    'sample, tape, vanishing\n'
  expect(await runSource('run', 'tapes')).toEqual({
    code: 2,
    stdout: '',
    stderr: `No example is named 'tapes': ${list}`,
  })
  expect(await runSource('run')).toEqual({ code: 2, stdout: '', stderr: `Usage: ${list}` })
})
