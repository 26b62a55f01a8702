// A graph of the tape as text: one line for each leaf and each op, in the order of recording.

import { show } from '../../core/shape.ts'
import type { Graph, Line, Reference } from './graph.ts'

/** The column of the shapes stands no further right than this; longer lines move their own. */
const WIDEST = 64

export function textOf({ leaves, stretches, results, recorded }: Graph): string {
  const rows = leaves.map((leaf) => ['  ', leaf.id, leaf] as const).map(row)
  for (const { fold, ops } of stretches) {
    rows.push({ left: '', right: '' })
    if (fold !== null)
      rows.push({ left: `  × ${fold.count}, t = 1…${fold.count}${beginnings(ops)}`, right: '' })
    for (const op of ops)
      rows.push(row([fold === null ? '  ' : '    ', `${op.id} = ${call(op)}`, op]))
  }
  const width = rows.reduce(
    (widest, { left, right }) =>
      right === '' ? widest : Math.max(widest, Math.min(left.length, WIDEST)),
    0,
  )
  const equal = results.map(({ name, reference }) =>
    word(reference) === name ? name : `${name} = ${word(reference)}`,
  )
  const title = `tape of ${equal.join(', ')}: ${recorded} ${recorded === 1 ? 'op' : 'ops'}`
  return [
    title,
    ...rows.map(({ left, right }) => (right === '' ? left : `${left.padEnd(width)}  ${right}`)),
  ].join('\n')
}

const row = ([indent, text, line]: readonly [string, string, Line]): {
  left: string
  right: string
} => ({ left: indent + text, right: facts(line) })

/** An op's input as text: `%3`, `h`, `%4[t−1]`, `x1 … x9`. */
const word = ({ id, at, from }: Reference): string =>
  (from === null ? '' : `${word(from)} … `) + id + at

const call = ({ maker, inputs, detail, walked }: Line): string =>
  `${maker}(${walked ? '…' : inputs.map(word).join(', ')})${detail}`

function facts({ kind, shape, dtype, count, maker, walked }: Line): string {
  const origin =
    kind === 'input'
      ? `input, made by ${maker}`
      : kind === 'parameter'
        ? kind
        : walked
          ? 'walked by backward(): its inputs are gone'
          : ''
  return [`${show(shape)} ${dtype}`, count > 1 ? `× ${count}` : '', origin]
    .filter((part) => part !== '')
    .join('  ')
}

/** The initial inputs of the states that a fold carries: `, from %3[0] = h`. */
function beginnings(ops: readonly Line[]): string {
  const carried = ops.flatMap(({ inputs }) => inputs)
  const all = carried.flatMap(({ line, initial }) =>
    initial.map((one, i) => `${line.id}[${minus(i + 1 - initial.length)}] = ${word(one)}`),
  )
  return all.length === 0 ? '' : `, from ${[...new Set(all)].join(', ')}`
}

const minus = (n: number): string => String(n).replace('-', '−')
