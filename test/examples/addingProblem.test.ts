// The adding problem in its short form: forty steps instead of a hundred.
import { expect, test } from 'vitest'
import { controlCodes, run } from './run.ts'

test('the LSTM solves it, the RNN stays at the variance of the sum', async () => {
  const { code, stdout, stderr } = await run('addingProblem', '--T', '40', '--steps', '400')
  expect({ code, stderr, codes: controlCodes(stdout) }).toEqual({ code: 0, stderr: '', codes: '' })
  const lines = [
    ...stdout.matchAll(/^step (\d+) {2}mean squared error: LSTM (\d\.\d{4}) {2}RNN (\d\.\d{4})$/gm),
  ].map((match) => match.slice(1).map(Number))
  expect(lines.map(([step]) => step)).toEqual([100, 200, 300, 400])
  const [, ofLSTM, ofRNN] = lines[lines.length - 1]
  expect(ofLSTM).toBeLessThan(0.01)
  expect(ofRNN).toBeGreaterThan(0.14)
  expect(ofRNN).toBeLessThan(0.2)
  expect(stdout).toMatch(/Over 40 steps, always answering 1 gives 0\.1\d\d/)
  expect(stdout).toMatch(/it was below 0\.01 by step \d00\.\n$/)
})

test('a flag that is no whole number ends it with its message and the help', async () => {
  for (const flag of ['--steps', '--T', '--seed']) {
    const { code, stdout, stderr } = await run('addingProblem', flag, 'zero')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      new RegExp(
        `^error: option '${flag} <number>' argument 'zero' is invalid. Allowed are whole `,
      ),
    )
    expect(stderr).toContain('Usage: npm run example addingProblem')
  }
})
