// The example of vanishing gradients as a user gets it: the text says what the picture shows.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { controlCodes, run } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapegrad-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('the gradient of an RNN vanishes, that of an LSTM with open forget gates does not', async () => {
  const file = join(folder, 'vanishing.svg')
  const { code, stdout, stderr } = await run('vanishing', file, '--steps', '16')
  expect({ code, stderr, codes: controlCodes(stdout) }).toEqual({ code: 0, stderr: '', codes: '' })
  const names = ['RNN', 'GRU', 'LSTM', 'LSTM, forget bias 3']
  const ratios = names.map((name) => {
    const [, ratio] =
      new RegExp(`\n${name}: over 15 steps the norm falls to (\\S+),`).exec(stdout) ?? []
    return Number(ratio)
  })
  expect(ratios[0]).toBeLessThan(1e-3)
  expect(ratios[3]).toBeGreaterThan(0.05)
  for (const ratio of ratios.slice(1)) expect(ratio).toBeGreaterThan(ratios[0])
  expect(stdout).toContain(`picture written to ${file}`)
  const svg = readFileSync(file, 'utf8')
  for (const name of names) expect(svg).toContain(`>${name}<`)
  // Four triangles of 16 steps.
  expect(svg.match(/<path d="M\d+ \d+h(\d+)v\1h-\1z"/g)?.length).toBe((4 * 16 * 17) / 2)
})

test('a file that cannot be written is refused before anything is computed', async () => {
  const missing = join(folder, 'missing', 'vanishing.svg')
  const { code, stdout, stderr } = await run('vanishing', missing)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('make it first')
})
