// Writes the figures of bench/results.json into docs/performance.md, as tables between its markers.
// It measures nothing.

import { readFileSync, writeFileSync } from 'node:fs'
import { CELLS, type Cell } from './cells.ts'
import { stepOf } from './entrants.ts'
import type { Row } from './measure.ts'
import { SIZES } from './model.ts'
import type { PeerRow } from './peers.ts'
import { fillInRanks } from './ranksDocument.ts'
import type { Results } from './results.ts'
import { filledIn, listed, pivot } from './tables.ts'

const page = new URL('../docs/performance.md', import.meta.url)
const sizes = Object.keys(SIZES)

/** `LSTM step M, 1 thread, built-in` is row `LSTM, 1 thread, built-in`, column M. */
function steps(rows: readonly Row[]): string {
  const cells = rows.flatMap(({ what, value }) => {
    const [, cell, column, rest] = /^(\w+) step (\w+), (.*)$/.exec(what) ?? []
    return rest === undefined || cell.startsWith('peak')
      ? []
      : [{ row: `${cell}, ${rest}`, column, value }]
  })
  const memory = rows.filter(({ unit }) => unit === 'MiB')
  return `${pivot('ms', sizes, cells)}\n\n${listed(memory)}`
}

/** `LSTM, zoneout ÷ LSTM, step M` is row `LSTM, zoneout ÷ LSTM`, column M. */
function variants(rows: readonly Row[]): string {
  const cellsIn = (unit: string) =>
    rows
      .filter((row) => row.unit === unit)
      .map(({ what, value }) => {
        const [row, column] = what.split(', step ')
        return { row, column, value }
      })
  return `${pivot('', sizes, cellsIn(''))}\n\n${pivot('ms', sizes, cellsIn('ms'))}`
}

/** `float32 matmul (64, 64)·(64, 64)` is row `matmul (64, 64)·(64, 64)`, column float32. */
function kernels(rows: readonly Row[]): string {
  const cells = rows
    .filter(({ what }) => what.startsWith('float'))
    .map(({ what, value, unit }) => ({
      column: what.slice(0, 7),
      row: `${what.slice(8)}, ${unit}`,
      value,
    }))
  return pivot('', ['float32', 'float64'], cells)
}

/** The rows of one cell's training steps with their sizes. */
const stepsOf = (rows: readonly PeerRow[], cell: Cell, threads: number) =>
  rows.flatMap((row) => {
    const step = stepOf(row.task)
    return step?.cell === cell && row.threads === threads ? [{ ...row, size: step.size }] : []
  })
type SizedRow = ReturnType<typeof stepsOf>[number]

const times = (rows: readonly SizedRow[]): string =>
  pivot(
    'ms',
    sizes,
    rows.map(({ name, size, time }) => ({ row: name, column: size, value: time })),
  )

function ratios(rows: readonly SizedRow[]): string {
  const cells = rows
    .filter(({ name }) => !name.startsWith('tapegrad'))
    .flatMap(({ name, size, ratios }) =>
      Object.entries(ratios).map(([own, value]) => ({
        row: `${own} ÷ ${name}`,
        column: size,
        value: value as number,
      })),
    )
  return pivot('ours ÷ theirs', sizes, cells)
}

function memory(rows: readonly SizedRow[]): string {
  const cells = rows.flatMap(({ name, size, peak }) =>
    peak === null ? [] : [{ row: name, column: size, value: peak }],
  )
  return pivot('MiB', sizes, cells)
}

/** The tables of training steps by their names in the page, such as `ratiosLSTM1`. */
const stepTables = (rows: readonly PeerRow[]): [string, string][] =>
  CELLS.flatMap((cell) =>
    [1, 2].flatMap((threads): [string, string][] => {
      const own = stepsOf(rows, cell, threads)
      return [
        [`times${cell}${threads}`, times(own)],
        [`ratios${cell}${threads}`, ratios(own)],
      ]
    }),
  )

function elementwise(rows: readonly PeerRow[]): string {
  const own = rows.filter(({ task }) => task === 'elementwise')
  const times = own.map(({ name, time }) => ({ row: name, column: 'ms', value: time }))
  const relative = own.flatMap(({ name, ratios }) =>
    Object.entries(ratios).map(([ours, value]) => ({
      row: name,
      column: `${ours} ÷ it`,
      value: value as number,
    })),
  )
  const columns = new Set(relative.map(({ column }) => column))
  return pivot('', ['ms', ...[...columns].sort()], [...times, ...relative])
}

function tiny(rows: readonly PeerRow[]): string {
  const cells = rows
    .filter(({ unit }) => unit === 'µs/op')
    .map(({ name, task, time }) => ({ row: name, column: task, value: time }))
  return pivot('µs per op', ['add', 'chain'], cells)
}

/**
 * Replaces the text between `<!-- name -->` and `<!-- /name -->` where there are figures for it.
 */
export function fillIn(results: Results): void {
  const {
    kernels: ofKernels,
    revectorised,
    blas,
    tape,
    order2,
    steps: ofSteps,
    variants: ofVariants,
    start,
    size,
    dinosaurs,
    ranks,
    peers,
  } = results
  const tables: Record<string, string | undefined> = {
    kernels: ofKernels && kernels(ofKernels.rows),
    revectorised: revectorised && kernels(revectorised.rows),
    blas:
      blas && `${kernels(blas.rows)}\n\n${listed(blas.rows.filter(({ unit }) => unit === 'ns'))}`,
    tape: tape && listed(tape.rows),
    order2: order2 && listed(order2.rows),
    steps: ofSteps && steps(ofSteps.rows),
    variants: ofVariants && variants(ofVariants.rows),
    programs: listed([start, size, dinosaurs].flatMap((part) => part?.rows ?? [])),
    ...(peers && Object.fromEntries(stepTables(peers.rows))),
    tiny: peers && tiny(peers.rows),
    elementwise: peers && elementwise(peers.rows),
    memory: peers && memory(stepsOf(peers.rows, 'LSTM', 1)),
  }
  writeFileSync(page, filledIn(readFileSync(page, 'utf8'), tables))
  if (ranks !== undefined) fillInRanks(ranks.rows)
}
