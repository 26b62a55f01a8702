// bench/results.json: the figures of the last runs, part by part, each with the machine it was
// measured on.

import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Row } from './measure.ts'
import type { PeerRow } from './peers.ts'

export const PARTS = [
  'kernels',
  'revectorised',
  'blas',
  'tape',
  'order2',
  'steps',
  'variants',
  'start',
  'size',
  'dinosaurs',
  'ranks',
] as const
export type Part = (typeof PARTS)[number]

interface Machine {
  node: string
  cpu: string
  cores: number
}

export type Results = Partial<Record<Part, Machine & { rows: readonly Row[] }>> & {
  peers?: Machine & { rows: readonly PeerRow[] }
}

const file = new URL('results.json', import.meta.url)
export const machine: Machine = {
  node: process.version,
  cpu: cpus()[0].model,
  cores: cpus().length,
}

export function readResults(): Results {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {}
  }
}

/** Replaces the figures of a part and leaves the others. */
export function writePart(part: Part, rows: readonly Row[]): void {
  write({ ...readResults(), [part]: { ...machine, rows } })
}

/** Replaces the tasks that were measured. */
export function writePeers(rows: readonly PeerRow[]): void {
  const results = readResults()
  const others = (results.peers?.rows ?? []).filter(
    (old) => !rows.some(({ task }) => task === old.task),
  )
  write({ ...results, peers: { ...machine, rows: [...others, ...rows] } })
}

function write(results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
}
