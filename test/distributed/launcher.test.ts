// Which group a process joins: by its launcher, its library, and what is installed.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { joinGroup } from 'tapegrad/distributed'
import { describe, expect, it } from 'vitest'
import { bundle, isThere, launch, run } from './launch.ts'

interface Joined {
  group: string
  seeds: number[]
  masks: string[]
  ownMasks: string[]
}
const alone = (options: object, env: Record<string, string> = {}) =>
  run<Joined>([process.execPath, bundle('join'), JSON.stringify(options)], env)
const joined = async (ended: ReturnType<typeof alone>): Promise<string[]> =>
  (await ended).reports.map(({ group }) => group)

describe.runIf(isThere('openmpi'))('under mpirun (not run where it is not installed)', () => {
  it('one seed gives equal dropout masks, and each rank a stream of its own', async () => {
    const { reports } = await launch<Joined>(2, 'join')
    expect(reports.map(({ seeds }) => seeds)).toEqual([
      [2 ** 32 + 7, 2 ** 33 + 7],
      [2 ** 32 + 7, 2 ** 33 + 7],
    ])
    for (const { masks, ownMasks } of reports) {
      expect(masks[0]).toBe(masks[1])
      expect(ownMasks[0]).not.toBe(ownMasks[1])
    }
  })

  it('the library of another launcher is refused', async () => {
    const options = JSON.stringify({ library: 'libmpich.so.12' })
    const { reports } = await launch<Joined>(2, 'join', { args: [options] })
    expect(reports).toHaveLength(2)
    for (const { group } of reports)
      expect(group).toMatch(
        isThere('mpich')
          ? /GroupError: joinGroup: expected the 2 processes that Open MPI started, got 1 by MPICH [\d.]+: start them/
          : /GroupError: joinGroup: expected an MPI library at 'libmpich.so.12', got/,
      )
  })

  it.runIf(isThere('mpich'))('and that of Open MPI under MPICH', async () => {
    const options = JSON.stringify({ library: 'libmpi.so.40' })
    const { reports } = await launch<Joined>(2, 'join', { mpi: 'mpich', args: [options] })
    expect(reports).toHaveLength(2)
    for (const { group } of reports)
      expect(group).toMatch(/expected the 2 processes that MPICH started, got 1 by Open MPI/)
  })
})

/** As if a launcher had started it. */
const LAUNCHED = { OMPI_COMM_WORLD_SIZE: '2' }

it('a library that is not there, or is none of MPI, is named', async () => {
  expect(await joined(alone({ library: 'nowhere.so' }, LAUNCHED))).toEqual([
    expect.stringMatching(/^GroupError: joinGroup: expected an MPI library at 'nowhere.so', got /),
  ])
  expect(await joined(alone({ library: 'libm.so.6' }, LAUNCHED))).toEqual([
    expect.stringMatching(/^GroupError: joinGroup: expected an MPI library at 'libm.so.6', got /),
  ])
})

it('under a launcher, without koffi, it says what to install; alone it needs nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapegrad-bare-'))
  try {
    const script = join(folder, 'join.mjs')
    copyFileSync(bundle('join'), script)
    const words = [process.execPath, script, '{}']
    expect(await joined(run<Joined>(words, LAUNCHED))).toEqual([
      expect.stringMatching(
        /^GroupError: joinGroup: expected the optional package koffi: npm install koffi \(/,
      ),
    ])
    expect(await joined(run<Joined>(words))).toEqual(['rank 0 of 1 (no launcher)'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('a launcher whose connection was not handed on is told how to start', async () => {
  const env = { PMI_SIZE: '2', PMI_RANK: '0', PMI_FD: '999' }
  const [group] = await joined(alone({}, env))
  expect(group).toMatch(/^GroupError: joinGroup: expected the connection to mpirun, got a closed/)
  expect(group).toMatch(/mpirun -np 2 node --import tsx train.ts$/)
})

it('options are checked', async () => {
  const refusal = (options: object): Promise<string> => joinGroup(options).then(String, String)
  expect(await refusal({ backend: 'nccl' })).toBe(
    'ValueError: joinGroup: expected backend to be one of mpi, got "nccl"',
  )
  expect(await refusal({ library: 3 })).toMatch(/expected library to be a name or a path, got 3/)
  expect(await refusal({ timeoutMs: 0 })).toMatch(/expected timeoutMs to be a number of millise/)
  expect(await refusal({ timeout: 3 })).toMatch(/timeout/)
})
