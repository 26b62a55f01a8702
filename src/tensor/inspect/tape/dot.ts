// A graph of the tape in Graphviz's language DOT: its nodes, its edges, and their style.

import { show } from '../../core/shape.ts'
import type { Graph, Line, Reference } from './graph.ts'

const QUIET = '#6b7380'
const TEXT = 'fontname="Helvetica", fontsize=12'
const SPACE = 'rankdir=LR, ordering=in, ranksep=0.25, nodesep=0.25, pad=0.15'
const STYLE = `  graph [${SPACE}, ${TEXT}, fontcolor="${QUIET}"]
  node [shape=box, style="rounded,filled", ${TEXT}, height=0.38, margin="0.18,0.06"]
  edge [fontname="Helvetica", fontsize=9, color="#9aa3af", fontcolor="${QUIET}", arrowsize=0.6]`

const DASHED = `style="rounded,dashed", color="${QUIET}"`
const LOOK = {
  parameter: 'fontname="Helvetica-Bold", fillcolor="#fff1d0", color="#d99a1c"',
  input: 'fontname="Helvetica-Bold", fillcolor="#e1eefb", color="#4a86c5"',
  number: 'shape=plaintext, style="", width=0, height=0.2, margin="0.05,0.02"',
  op: 'fillcolor="#f6f7f9", color="#9aa3af"',
  result: 'fillcolor="#dcf3e2", color="#2f9150", penwidth=2',
}

export function dotOf({ leaves, stretches, results }: Graph): string {
  const ids = new Map<Line, string>()
  const idOf = (line: Line): string => {
    const id = ids.get(line) ?? `n${ids.size + 1}`
    ids.set(line, id)
    return id
  }
  const named = new Map(results.map(({ name, reference }) => [reference.line, name]))
  const { dtype: usual } = results[0].reference.line
  const carries = ({ kind, shape, dtype }: Line): string =>
    kind === 'number' ? '' : `${show(shape)}${dtype === usual ? '' : ` ${dtype}`}`
  const node = (line: Line): string => {
    const result = named.get(line)
    const shown = label(line, result === undefined ? line.name : `${result} ${carries(line)}`)
    return `${idOf(line)} [${LOOK[result === undefined ? line.kind : 'result']}, label="${shown}"]`
  }
  const body: string[] = []
  const edges: string[] = []
  const edge = (from: Line, to: Line, words: readonly string[], ...style: string[]): void => {
    const carried = [carries(from), ...words].filter(String).join(' ')
    const attributes = [...(carried === '' ? [] : [`label="  ${carried}  "`]), ...style]
    edges.push(
      `  ${idOf(from)} -> ` +
        `${idOf(to)}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`}`,
    )
  }
  const connect = ({ line, at, initial, from }: Reference, to: Line): void => {
    if (from !== null) connect({ ...from, at: `${from.at} t = 1` }, to)
    for (const [i, one] of initial.entries()) edge(one.line, to, [one.at, `t = ${i + 1}`])
    if (initial.length > 0 || (to.fold !== null && line.fold === to.fold && at !== ''))
      edge(line, to, [at], 'style=dashed', 'constraint=false')
    else edge(line, to, [at])
  }
  for (const leaf of leaves) body.push(`  ${node(leaf)}`)
  for (const [i, { fold, ops }] of stretches.entries()) {
    const indent = fold === null ? '  ' : '    '
    if (fold !== null)
      body.push(
        `  subgraph cluster_${i + 1} {`,
        `    graph [label="× ${fold.count}", labeljust=l, ${DASHED}]`,
      )
    for (const op of ops) {
      const read = op.inputs.flatMap((input) => [
        ...(input.from === null ? [] : [input.from]),
        ...input.initial,
        input,
      ])
      for (const { line } of read) if (line.kind === 'number') body.push(indent + node(line))
      body.push(indent + node(op))
      for (const input of op.inputs) connect(input, op)
    }
    if (fold !== null) body.push('  }')
  }
  return ['digraph tape {', STYLE, ...body, ...edges, '}'].join('\n')
}

/** The name of a line, and below it the details. */
function label(
  { kind, id, maker, detail, count, walked }: Line,
  result: string | undefined,
): string {
  const title = kind === 'op' ? maker + detail : id
  const more = [
    count > 1 ? `× ${count}` : '',
    walked ? 'walked' : '',
    result === undefined ? '' : `→ ${result}`,
  ]
  return [title, ...more].filter(String).map(quoted).join('\\n')
}

/** Text for use inside quotes, with backslashes, quotes and entities escaped. */
const quoted = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('&', '&amp;')
    .replace(/\p{Cc}/gu, ' ')
