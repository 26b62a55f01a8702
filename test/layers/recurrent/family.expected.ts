// What comes out of a random layer, with its gradients, by the oracle whose backward pass is derived
// by hand. It holds no test.
import type { LSTM } from 'tapegrad'
import type { Named } from '../../documents/agree.ts'
import { type Case, problemOf, same, split } from './family.ts'
import type { Matrix, Row } from './oracle/arrays.ts'
import type { Parameters } from './oracle/cell.ts'
import { cellOf } from './oracle/recorded.ts'
import { stacked } from './oracle/unroll.ts'
import { widthsOf } from './stepwise.ts'

/** The same by the oracle. */
export function expected(c: Case, layer: LSTM, shares: readonly number[] = []): Named {
  const { x, first, dOutput, dLast, dStates } = problemOf(c)
  const own = layer.namedParameters().map(([name, p]) => [name, p.toArray()] as const)
  const parameters = Object.fromEntries(
    own.filter(([name]) => !name.startsWith('first_')),
  ) as Parameters
  const learned = Object.fromEntries(own) as Record<string, Row>
  const L = first.h.length
  const suffixOf = (l: number): string =>
    c.bidirectional ? `l${l >> 1}${l % 2 ? '_reverse' : ''}` : `l${l}`
  const begun = c.isGiven
    ? first
    : Object.fromEntries(
        Object.entries(first).map(([name, all]) => [
          name,
          all.map((rows, l) =>
            rows.map((row) => learned[`first_${name}_${suffixOf(l)}`] ?? row.map(() => 0)),
          ),
        ]),
      )
  const zoneoutOf = (layer: number) =>
    Object.fromEntries(
      Object.entries(widthsOf(c, layer)).map(([name, W], k) => [
        name,
        x.map((rows) => rows.map((): Row => Array(W).fill(shares[k] ?? 0))),
      ]),
    )
  const pass = stacked(cellOf(c.kind, c.cell), parameters, x, begun, {
    numLayers: c.numLayers,
    bidirectional: c.bidirectional,
    lengths: c.steps.lengths,
    masks: Array.from({ length: L }, (_, l) => ({
      zoneout: zoneoutOf(c.bidirectional ? l >> 1 : l),
    })),
  })
  const { dx, dFirst, dp } = pass.backward(dOutput, dLast, c.every ? dStates : {})
  const dLearned = Object.entries(dFirst).flatMap(([name, all]) =>
    all.map((rows: Matrix, l) => [
      `dfirst_${name}_${suffixOf(l)}`,
      rows[0].map((_, j) => rows.reduce((sum, row) => sum + (c.isGiven ? 0 : row[j]), 0)),
    ]),
  )
  return {
    output: pass.output,
    ...split(c, pass.last, '', '', same),
    ...(c.every && split(c, pass.states, 'every ', '', same)),
    dx,
    ...(c.isGiven && split(c, dFirst, 'd', '0', same)),
    ...Object.fromEntries(Object.entries(dp).map(([name, v]) => [`d${name}`, v])),
    ...(c.learnState && Object.fromEntries(dLearned)),
  }
}
