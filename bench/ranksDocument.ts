// Writes the figures of several ranks into docs/distributed.md. It measures nothing.

import { readFileSync, writeFileSync } from 'node:fs'
import type { Row } from './measure.ts'
import { filledIn, pivot } from './tables.ts'

const page = new URL('../docs/distributed.md', import.meta.url)

export function fillInRanks(rows: readonly Row[]): void {
  const cells = (pattern: RegExp) =>
    rows.flatMap(({ what, value }) => {
      const [, row, column, where] = pattern.exec(what) ?? []
      return row === undefined ? [] : [{ row: `${row}, ${where}`, column, value }]
    })
  const columnsOf = (list: readonly { column: string }[]): string[] => [
    ...new Set(list.map(({ column }) => column)),
  ]
  const table = (title: string, pattern: RegExp): string => {
    const list = cells(pattern)
    return pivot(title, columnsOf(list), list)
  }
  const efficiency = rows.flatMap(({ what, value }) => {
    const [, n, size, rate] = /^efficiency of (\d+) hosts (\w+), (.*)$/.exec(what) ?? []
    return n === undefined ? [] : [{ row: `${size}, ${rate}`, column: n, value }]
  })
  const constants = rows.filter(({ what }) => /^[αβ]/.test(what))
  const text = filledIn(readFileSync(page, 'utf8'), {
    steps: table('ms', /^(LSTM step|LSTM averaging) (\w+), (.*)$/),
    sums: table('ms', /^(group\.sum|MPI_Allreduce(?: in pieces)?) (\de\+\d), (.*)$/),
    constants: constants
      .map(({ what, value, unit }) => `${what}: ${Number(value.toPrecision(2))} ${unit}`)
      .join('; '),
    efficiency: pivot('hosts', columnsOf(efficiency), efficiency),
  })
  writeFileSync(page, text)
}
