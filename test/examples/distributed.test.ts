// The example of several processes as a user gets it: the same loss as one process has.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { runSource } from './run.ts'

const isThere = spawnSync('mpirun', ['--version']).status === 0

test.runIf(isThere)(
  'two ranks learn what one process learns from batches of the same names',
  async () => {
    const { code, stdout, stderr } = await runSource('run', 'distributed', '--epochs', '1')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const losses = [...stdout.matchAll(/^epoch 1: held-out loss (\d\.\d{4}) nats$/gm)]
    expect(losses).toHaveLength(2)
    expect(losses[0]?.[1]).toBe(losses[1]?.[1])
    expect(stdout).toMatch(/^2 processes, (Open MPI|MPICH) [\d.]+: [\d.]+ s$/m)
    expect(stdout).toMatch(/^1 process: [\d.]+ s$/m)
  },
)

test('a number of processes out of range is refused with the range', async () => {
  const { code, stdout, stderr } = await runSource('run', 'distributed', '--ranks', '65')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('Allowed are whole numbers from 1 to 64.')
})
