// What goes wrong on one rank: every rank ends, with a message that says what it was.

import { beforeAll, describe, expect, it, vi } from 'vitest'
import { bundle, type Ended, isThere, launch, type Mpi, processesWith } from './launch.ts'

interface Report {
  rank: number
  fault: string
  error: string
  unchanged: boolean
  grad: string
}

const fail = (faults: readonly string[], mpi: Mpi = 'openmpi', np = 3): Promise<Ended<Report>> =>
  launch<Report>(np, 'faults', { mpi, args: faults })

/** Faults that end the job, and what it says. */
const ending: [fault: string, said: RegExp][] = [
  ['throw', /tapegrad: rank 1 of 3 failed: Error: rank 1 threw\n +at /],
  ['reject', /tapegrad: rank 1 of 3 failed: TypeError: rank 1 rejected\n/],
  ['exit', /tapegrad: rank 1 of 3 left its group without close\(\), with exit code 0\n/],
  ['abort', /(?:)/],
  ['kill', /(?:)/],
  ['finally', /tapegrad: rank 1 of 3 failed: Error: rank 1 threw\n/],
  [
    'skip',
    /GroupError: averageGradients: expected all ranks within 1500 ms, got no word from rank 1, while ranks 0, 2 wait in averageGradients of \[float32 \(2, 3\), float32 \(2\)\]: a rank/,
  ],
]

/** Faults that each rank gets as an error, of which it may recover. */
const refused: [fault: string, said: string][] = [
  [
    'call',
    'expected the same call on all ranks, got averageGradients of [float32 (2, 3), float32 (2)] ' +
      'on ranks 0, 2, barrier on rank 1: every rank must make the same calls',
  ],
  ['dtype', 'got sum of float64 (2) on ranks 0, 2, sum of float32 (4) on rank 1'],
  ['count', 'got sum of float32 (2) on ranks 0, 2, sum of float32 (3) on rank 1'],
  [
    'root',
    'got broadcast of float32 (2) from rank 0 on rank 0, broadcast of float32 (2) from rank 1 on ' +
      'ranks 1, 2',
  ],
  ['gradients', 'float32 (2)] on ranks 0, 2, averageGradients of [float32 (3, 3), float32 (3)]'],
  ['pieces', 'in pieces of 16 bytes on ranks 0, 2, averageGradients of [float32 (2, 3)'],
  ['model', 'weight: float32 (2, 3) on rank 0, float32 (2, 4) on rank 1\nmake it alike'],
  ['frozen', 'weight: float32 (2, 3) on rank 0, float32 (2, 3), frozen on rank 1\n'],
  ['overflow', 'ValueError: averageGradients: expected weights of a finite sum, got 1e+308, 1e'],
  ['kind', 'weight: float32 (2, 3) on rank 0, nothing on rank 1\n'],
  ['drift', 'got\n  bias: float32 (2) '],
  ['weights', 'ValueError: averageGradients: expected weights above 0, got 0 on all ranks'],
  ['shard', 'got shard of 6 examples, seed 0, 0 seen on rank 0, shard of 6 examples, seed 1'],
]

describe.each<[Mpi, typeof ending]>([
  ['openmpi', ending],
  ['mpich', ending.filter(([fault]) => ['throw', 'exit', 'kill', 'skip'].includes(fault))],
])('%s (not run where it is not installed)', (mpi, faults) => {
  it.runIf(isThere(mpi)).each(faults)('%s on one rank ends all of them', async (fault, said) => {
    const { stderr, code, seconds } = await fail([fault], mpi)
    expect(stderr).toMatch(said)
    expect(code).not.toBe(0)
    // The limits are those of the library and the launcher.
    expect(seconds).toBeLessThan(10)
    await vi.waitFor(() => expect(processesWith(bundle('faults'))).toEqual([]), { timeout: 5000 })
  })
})

it.runIf(isThere('mpich'))('MPICH leaves the traps of WebAssembly to the engine', async () => {
  const { reports, code } = await fail(['trap'], 'mpich', 2)
  expect(reports.map(({ error }) => error)).toEqual([
    'RuntimeError: memory access out of bounds',
    'RuntimeError: memory access out of bounds',
  ])
  expect(code).toBe(0)
})

describe.runIf(isThere('openmpi'))('Open MPI (not run where it is not installed)', () => {
  let all: Ended<Report>
  beforeAll(async () => {
    all = await fail(refused.map(([fault]) => fault))
  })

  it.each(refused)('%s: every rank gets the error, and has changed nothing', (fault, said) => {
    const reports = all.reports.filter((report) => report.fault === fault)
    expect(reports.map(({ rank }) => rank).sort()).toEqual([0, 1, 2])
    for (const { error, unchanged } of reports) {
      expect(error).toContain(said)
      expect(unchanged).toBe(true)
    }
  })

  it('the group goes on after such errors', () => {
    expect(all.stderr).toBe('')
    expect(all.code).toBe(0)
  })

  it('after a rank did not come the group refuses everything', async () => {
    const { reports } = await fail(['again'])
    const ofRank0 = reports.filter(({ rank }) => rank === 0)
    expect(ofRank0[0]?.error).toMatch(/got no word from rank 1, while ranks 0, 2 wait in barrier/)
    expect(ofRank0[1]?.error).toMatch(/sum: expected a group in order, got one that failed before/)
  })

  it('NaN on one rank is NaN on all; with weight 0 it counts nowhere', async () => {
    for (const { grad } of (await fail(['nan'])).reports)
      expect(grad).toBe(String(Array.from({ length: 6 }, () => Number.NaN)))
    for (const { grad } of (await fail(['left'])).reports)
      expect(grad).toBe(String(Array.from({ length: 6 }, () => 1)))
  })

  it('without close() a group is left at the end of the process', async () => {
    expect(await fail(['none'])).toMatchObject({ code: 0, stderr: '' })
  })

  it('a second joinGroup is refused', async () => {
    const [report] = (await fail(['twice'], 'openmpi', 1)).reports
    expect(report?.error).toMatch(/GroupError: joinGroup: expected a process that has not joined/)
  })

  it('setThreads says when mpirun has bound the process to one core', async () => {
    const { stderr } = await launch(1, 'faults', {
      args: ['threads'],
      flags: ['--bind-to', 'core'],
    })
    expect(stderr).toMatch(/setThreads: expected a core for each of 2 threads, got 1 for this/)
    expect(stderr).toMatch(/mpirun --bind-to none/)
    const free = await launch(1, 'faults', { args: ['threads'], flags: ['--bind-to', 'none'] })
    expect(free.stderr).toBe('')
  })
})
