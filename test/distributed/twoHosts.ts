// Two hosts on this machine: network namespaces with names of their own, joined by a cable. It
// needs the rights to make them.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mpirun } from './launch.ts'

const ip = (...words: string[]): void => {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] })
}

export interface TwoHosts {
  /** Their names, which are those of their network devices as well. */
  readonly names: readonly [string, string]
  /** Where their files are; in the command line of every process of mpirun. */
  readonly folder: string
  /** The words that run a script with one rank on each host. */
  words(script: string, ...args: string[]): string[]
  /** Slows the cable down, '1gbit'. */
  limit(rate: string): void
  remove(): void
}

/** Makes two hosts; or says why it cannot be done. */
export function connect(): TwoHosts | string {
  const id = process.pid % 10_000
  const names = [`tg${id}a`, `tg${id}b`] as const
  const network = `10.199.${id % 250}`
  const folder = mkdtempSync(join(tmpdir(), 'tapegrad-hosts-'))
  const remove = (): void => {
    for (const name of names) spawnSync('ip', ['netns', 'delete', name])
    rmSync(folder, { recursive: true })
  }
  try {
    for (const name of names) ip('netns', 'add', name)
    ip('link', 'add', names[0], 'type', 'veth', 'peer', 'name', names[1])
    names.forEach((name, k) => {
      ip('link', 'set', name, 'netns', name)
      ip('-n', name, 'addr', 'add', `${network}.${k + 1}/24`, 'dev', name)
      for (const device of ['lo', name]) ip('-n', name, 'link', 'set', device, 'up')
    })
    ip('netns', 'exec', names[0], 'unshare', '--uts', 'hostname', names[0])
  } catch (error) {
    remove()
    return (error as Error).message.trim().split('\n').at(-1) as string
  }

  // In place of ssh: mpirun calls it with an address, and what is to be run there.
  const agent = join(folder, 'agent.sh')
  const text = `#!/bin/sh
address=$1; shift
case $address in ${network}.1) host=${names[0]};; *) host=${names[1]};; esac
exec ip netns exec $host unshare --uts sh -c "hostname $host; $*"
`
  writeFileSync(agent, text, { mode: 0o755 })
  const flags = [
    ['plm_rsh_agent', agent],
    ['btl', 'tcp,self'],
    ['btl_tcp_if_include', `${network}.0/24`],
    ['oob_tcp_if_include', `${network}.0/24`],
  ].flatMap(([name, value]) => ['--mca', name as string, value as string])
  // Each host would bind its rank to its first core, which is the same one here.
  flags.push('--bind-to', 'none', '--host', `${network}.1,${network}.2`)
  const within = `hostname ${names[0]}; exec "$@"`
  return {
    names,
    folder,
    words: (...script) => [
      ...['ip', 'netns', 'exec', names[0], 'unshare', '--uts', 'sh', '-c', within, 'sh'],
      ...mpirun(2, 'openmpi', flags),
      process.execPath,
      ...script,
    ],
    limit(rate) {
      const shape = ['root', 'tbf', 'rate', rate, 'burst', '256kb', 'latency', '50ms']
      for (const name of names)
        ip('netns', 'exec', name, 'tc', 'qdisc', 'replace', 'dev', name, ...shape)
    },
    remove,
  }
}
