// Training steps and sums by one and by more ranks, on this machine and over a cable of 1 Gbit/s
// between two hosts that are made of it; and what follows for more hosts.

import { spawnSync } from 'node:child_process'
import { bundle, isThere, type Mpi, mpirun } from '../test/distributed/launch.ts'
import { connect } from '../test/distributed/twoHosts.ts'
import type { Row } from './measure.ts'
import { SIZES, type Size } from './model.ts'

interface Measured {
  library: string
  steps: { size: Size; step: number; averaging: number; bytes: number }[]
  sums: { count: number; sum: number; whole: number; pieces: number }[]
}

const ENV = {
  ...process.env,
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
}

function measure([command, ...args]: readonly string[]): Measured {
  const { stdout, stderr, status } = spawnSync(command as string, args, {
    encoding: 'utf8',
    env: ENV,
  })
  if (status !== 0) throw new Error(`ranks: expected exit code 0, got ${status}:\n${stderr}`)
  return JSON.parse(stdout)
}

/** All figures; `report` gets them as they come. */
export function rankRows(ranks: number, isQuick: boolean, report: (rows: Row[]) => void): void {
  const script = bundle('ranksRun', new URL('ranksRun.ts', import.meta.url))
  const sizes: Size[] = isQuick ? ['S', 'M'] : (Object.keys(SIZES) as Size[])
  const args = [isQuick ? 'quick' : 'full', ...sizes]
  const here = (np: number, mpi: Mpi): Measured =>
    measure([...mpirun(np, mpi), process.execPath, script, ...args])
  for (const mpi of ['openmpi', 'mpich'] as const) {
    if (!isThere(mpi)) {
      console.log(`${mpi} is left out: it is not installed`)
      continue
    }
    for (const np of mpi === 'openmpi' ? [1, ranks] : [ranks])
      report(rowsOf(here(np, mpi), `${np} ${np === 1 ? 'rank' : 'ranks'}`))
  }
  const hosts = connect()
  if (typeof hosts === 'string') {
    console.log(`two hosts are left out: ${hosts}`)
    return
  }
  try {
    hosts.limit('1gbit')
    const measured = measure(hosts.words(script, ...args))
    report(rowsOf(measured, '2 hosts, 1 Gbit/s'))
    report(predictions(measured))
  } finally {
    hosts.remove()
  }
}

function rowsOf({ library, steps, sums }: Measured, where: string): Row[] {
  const by = `${where}, ${library.replace(/ \d.*/, '')}`
  return [
    ...steps.flatMap(({ size, step, averaging }) => [
      { what: `LSTM step ${size}, ${by}`, value: step, unit: 'ms' },
      { what: `LSTM averaging ${size}, ${by}`, value: averaging, unit: 'ms' },
    ]),
    ...sums.flatMap(({ count, sum, whole, pieces }) =>
      (
        [
          ['group.sum', sum],
          ['MPI_Allreduce', whole],
          ['MPI_Allreduce in pieces', pieces],
        ] as const
      ).map(([name, value]) => ({
        what: `${name} ${count.toExponential(0)}, ${by}`,
        value,
        unit: 'ms',
      })),
    ),
  ]
}

/**
 * A sum of b bytes over n hosts takes 2·⌈log₂ n⌉·α for the agreement and the first bytes, and
 * 2·(n − 1)/n·b·β for the rest, as a ring and its equals send them; α and β from the times of two
 * hosts, for which the second factor is 1. A link of another speed has β in proportion.
 */
function predictions({ steps, sums }: Measured): Row[] {
  const [small, large] = [sums[0], sums.at(-1)] as [Measured['sums'][0], Measured['sums'][0]]
  const alpha = small.sum / 2
  const beta = (large.sum - small.sum) / (4 * large.count)
  const rows: Row[] = [
    { what: 'α, a message over TCP', value: alpha * 1000, unit: 'µs' },
    { what: 'β⁻¹, over 1 Gbit/s', value: 1 / beta / 1e6, unit: 'GB/s' },
  ]
  for (const gigabits of [1, 10])
    for (const { size, step, averaging, bytes } of steps)
      for (const n of [2, 4, 8, 16, 32, 64]) {
        const time =
          2 * Math.ceil(Math.log2(n)) * alpha + ((2 * (n - 1)) / n / gigabits) * bytes * beta
        const alone = step - averaging
        rows.push({
          what: `efficiency of ${n} hosts ${size}, ${gigabits} Gbit/s`,
          value: alone / (alone + time),
          unit: '',
        })
      }
  return rows
}
