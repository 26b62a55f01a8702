// Training over the network of two hosts, and what a dead link between them does.

import { afterAll, describe, expect, it, vi } from 'vitest'
import { bundle, isThere, processesWith, run } from './launch.ts'
import { connect } from './twoHosts.ts'

const hosts = isThere('openmpi') ? connect() : 'Open MPI is not installed'
afterAll(() => {
  if (typeof hosts !== 'string') hosts.remove()
})

interface Report {
  rank: number
  host?: string
  mean?: number
  error?: string
}

describe(`two hosts${typeof hosts === 'string' ? ` (not run: ${hosts})` : ''}`, () => {
  it.runIf(typeof hosts !== 'string')(
    'sum over the network; when the link is dead both ranks end, and say so',
    async () => {
      if (typeof hosts === 'string') throw new Error(hosts)
      let text = ''
      const ended = run<Report>(hosts.words(bundle('link'), hosts.names[0]), {}, (more) => {
        text += more
      })
      await vi.waitFor(() => expect(text).toContain('tapegrad: rank 0 of 2 failed: GroupError'), {
        timeout: 30_000,
      })
      const rank = `${process.execPath} ${bundle('link')}`
      const ranks = (): number[] =>
        processesWith(rank).filter((pid) => !processesWith(hosts.folder).includes(pid))
      await vi.waitFor(() => expect(ranks()).toEqual([]), { timeout: 20_000 })
      // mpirun itself waits for the other host as long as TCP does, a quarter of an hour.
      for (const pid of processesWith(hosts.folder)) process.kill(pid, 'SIGKILL')
      const { reports } = await ended
      const sums = reports.filter(({ mean }) => mean !== undefined)
      expect(sums.map(({ host }) => host).sort()).toEqual([...hosts.names])
      expect(sums[0]?.mean).toBe(sums[1]?.mean)
      expect(sums[0]?.mean).toBeCloseTo(1, 2)
      const failed = reports.find(({ error }) => error !== undefined)
      expect(failed).toMatchObject({ rank: 0 })
      expect(failed?.error).toContain(
        'sum: expected all ranks within 2000 ms, got no word from rank 1, while rank 0 waits in ' +
          'sum of float32 (8): a rank skipped the call, ended, was cut off, or needs more time',
      )
    },
  )
})
