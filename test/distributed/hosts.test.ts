// Two hosts, which are network namespaces with names of their own, and what a dead link between
// them does. It needs the rights to make such namespaces.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { bundle, type Ended, isThere, mpirun, run } from './launch.ts'

const id = process.pid % 10_000
const hosts = [`tg${id}a`, `tg${id}b`] as const
const addresses = [`10.199.${id % 250}.1`, `10.199.${id % 250}.2`] as const
const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' })

/** Joins two namespaces by a cable; why it cannot be done, or null. */
function connect(): string | null {
  try {
    for (const host of hosts) ip('netns', 'add', host)
    ip('link', 'add', hosts[0], 'type', 'veth', 'peer', 'name', hosts[1])
    hosts.forEach((host, k) => {
      ip('link', 'set', host, 'netns', host)
      ip('-n', host, 'addr', 'add', `${addresses[k]}/24`, 'dev', host)
      for (const device of ['lo', host]) ip('-n', host, 'link', 'set', device, 'up')
    })
    const named = ['netns', 'exec', hosts[0], 'unshare', '--uts', 'hostname', hosts[0]]
    ip(...named)
    return null
  } catch (error) {
    return (error as Error).message.split('\n')[0] as string
  }
}

const missing = isThere('openmpi') ? connect() : 'no Open MPI'
const folder = mkdtempSync(join(tmpdir(), 'tapegrad-hosts-'))
afterAll(() => {
  for (const host of hosts) spawnSync('ip', ['netns', 'delete', host])
  rmSync(folder, { recursive: true })
})

/** In place of ssh: mpirun calls it with an address, and what is to be run there. */
const agent = join(folder, 'agent.sh')
writeFileSync(
  agent,
  `#!/bin/sh
address=$1; shift
case $address in ${addresses[0]}) host=${hosts[0]};; *) host=${hosts[1]};; esac
exec ip netns exec $host unshare --uts sh -c "hostname $host; $*"
`,
  { mode: 0o755 },
)

interface Report {
  rank: number
  host?: string
  mean?: number
  error?: string
}

/** Runs a script with one rank on each host. */
function runOnBoth(
  script: string,
  args: readonly string[],
  onText: (text: string) => void,
): Promise<Ended<Report>> {
  const network = `10.199.${id % 250}.0/24`
  const flags = [
    ['plm_rsh_agent', agent],
    ['btl', 'tcp,self'],
    ['btl_tcp_if_include', network],
    ['oob_tcp_if_include', network],
  ].flatMap(([name, value]) => ['--mca', name as string, value as string])
  const start = mpirun(2, 'openmpi', [...flags, '--host', addresses.join(',')])
  const words = [...start, process.execPath, bundle(script), ...args]
  const inside = `hostname ${hosts[0]}; exec "$@"`
  const within = ['ip', 'netns', 'exec', hosts[0], 'unshare', '--uts', 'sh', '-c', inside, 'sh']
  return run([...within, ...words], {}, onText)
}

/** The processes of the ranks that are still there. */
const ranks = (): string => {
  const command = `^${process.execPath} ${bundle('link')}`
  return spawnSync('pgrep', ['-f', command], { encoding: 'utf8' }).stdout
}

describe(`two hosts${missing === null ? '' : ` (not run: ${missing})`}`, () => {
  it.runIf(missing === null)(
    'sum over the network; when the link is dead both ranks end, and say so',
    async () => {
      let text = ''
      const ended = runOnBoth('link', [hosts[0]], (more) => {
        text += more
      })
      await vi.waitFor(() => expect(text).toContain('tapegrad: rank 0 of 2 failed: GroupError'), {
        timeout: 30_000,
      })
      await vi.waitFor(() => expect(ranks()).toBe(''), { timeout: 20_000 })
      // mpirun itself waits for the other host as long as TCP does, a quarter of an hour.
      spawnSync('pkill', ['-KILL', '-f', folder])
      const { reports } = await ended
      const sums = reports.filter(({ mean }) => mean !== undefined)
      expect(sums.map(({ host }) => host).sort()).toEqual([...hosts])
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
