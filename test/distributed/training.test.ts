// A training on several ranks: the gradients of the whole batch, and the same bits on all ranks and
// in every run.

import { describe, expect, it } from 'vitest'
import { type Ended, isThere, launch, type Mpi } from './launch.ts'

interface Trained {
  rank: number
  size: number
  library: string
  worst: number
  nulls: string[]
  totals: number[]
  digest: string
}

const train = (np: number, dtype: string, mpi: Mpi = 'openmpi'): Promise<Ended<Trained>> =>
  launch<Trained>(np, 'training', { mpi, args: [dtype, '6'] })

function expectTrained({ reports, stderr, code }: Ended<Trained>, np: number, most: number): void {
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(reports.map(({ rank }) => rank).sort()).toEqual(Array.from({ length: np }, (_, k) => k))
  for (const { size, worst, nulls, totals } of reports) {
    expect(size).toBe(np)
    expect(worst).toBeLessThan(most)
    expect(nulls).toEqual(['unused.weight', 'unused.bias'])
    expect(totals).toEqual([0, 1, 2].map(() => (np * (np - 1)) / 2))
  }
  expect(new Set(reports.map(({ digest }) => digest)).size).toBe(1)
}

describe.each<[Mpi, string, number[]]>([
  ['openmpi', 'Open MPI', [1, 2, 3, 4]],
  ['mpich', 'MPICH', [2]],
])('%s (not run where it is not installed)', (mpi, name, sizes) => {
  it.runIf(isThere(mpi)).each(sizes)(
    '%i ranks have the gradients of the whole batch, to 1e-12',
    async (np) => {
      const trained = await train(np, 'float64', mpi)
      expectTrained(trained, np, 1e-12)
      expect(trained.reports[0]?.library).toContain(name)
    },
  )

  it.runIf(isThere(mpi))('3 ranks have the same bits in two runs, in float32', async () => {
    const [one, other] = [await train(3, 'float32', mpi), await train(3, 'float32', mpi)]
    expectTrained(one, 3, 1e-5)
    expectTrained(other, 3, 1e-5)
    expect(one.reports[0]?.digest).toBe(other.reports[0]?.digest)
  })
})

it('without a launcher it is a training of one process', async () => {
  const { run, bundle } = await import('./launch.ts')
  const { reports, code } = await run<Trained>([
    process.execPath,
    bundle('training'),
    'float64',
    '6',
  ])
  expect(code).toBe(0)
  expect(reports).toMatchObject([{ rank: 0, size: 1, library: null, worst: 0 }])
})
