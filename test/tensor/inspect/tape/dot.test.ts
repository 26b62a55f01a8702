// What tape() shows of a graph in Graphviz's language, word for word.

import { tape } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { diamond, recurrence } from './graphs.ts'

describe('DOT', () => {
  test('an expression whose parts are used twice', () => {
    expect(tape(diamond().y).toDot()).toMatchInlineSnapshot(`
      "digraph tape {
        graph [rankdir=LR, ordering=in, ranksep=0.25, nodesep=0.25, pad=0.15, fontname="Helvetica", fontsize=12, fontcolor="#6b7380"]
        node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=12, height=0.38, margin="0.18,0.06"]
        edge [fontname="Helvetica", fontsize=9, color="#9aa3af", fontcolor="#6b7380", arrowsize=0.6]
        n1 [fontname="Helvetica-Bold", fillcolor="#fff1d0", color="#d99a1c", label="p1"]
        n2 [shape=plaintext, style="", width=0, height=0.2, margin="0.05,0.02", label="2"]
        n3 [fillcolor="#f6f7f9", color="#9aa3af", label="mul"]
        n4 [fillcolor="#f6f7f9", color="#9aa3af", label="tanh"]
        n5 [fillcolor="#f6f7f9", color="#9aa3af", label="mul"]
        n6 [fillcolor="#f6f7f9", color="#9aa3af", label="sigmoid"]
        n7 [fillcolor="#dcf3e2", color="#2f9150", penwidth=2, label="add\\n→ %5 (3)"]
        n1 -> n3 [label="  (3)  "]
        n2 -> n3
        n3 -> n4 [label="  (3)  "]
        n4 -> n5 [label="  (3)  "]
        n1 -> n5 [label="  (3)  "]
        n4 -> n6 [label="  (3)  "]
        n5 -> n7 [label="  (3)  "]
        n6 -> n7 [label="  (3)  "]
      }"
    `)
  })

  test('a fold is a cluster, what is carried a dashed edge', () => {
    const { names, hs } = recurrence(50)
    const lines = tape(hs[49], { names }).toDot().split('\n')
    expect(
      lines.slice(lines.findIndex((line) => line.includes('subgraph'))).join('\n'),
    ).toMatchInlineSnapshot(`
      "  subgraph cluster_1 {
          graph [label="× 50", labeljust=l, style="rounded,dashed", color="#6b7380"]
          n7 [fillcolor="#f6f7f9", color="#9aa3af", label="affine"]
          n8 [fillcolor="#f6f7f9", color="#9aa3af", label="affine"]
          n10 [fillcolor="#f6f7f9", color="#9aa3af", label="add"]
          n9 [fillcolor="#dcf3e2", color="#2f9150", penwidth=2, label="tanh\\n→ %4[50] (2, 5)"]
        }
        n1 -> n7 [label="  (2, 3) [t]  "]
        n2 -> n7 [label="  (5, 3)  "]
        n3 -> n7 [label="  (5)  "]
        n4 -> n8 [label="  (2, 5) t = 1  "]
        n9 -> n8 [label="  (2, 5) [t−1]  ", style=dashed, constraint=false]
        n5 -> n8 [label="  (5, 5)  "]
        n6 -> n8 [label="  (5)  "]
        n7 -> n10 [label="  (2, 5)  "]
        n8 -> n10 [label="  (2, 5)  "]
        n10 -> n9 [label="  (2, 5)  "]
      }"
    `)
  })

  test('names are escaped', async () => {
    const { x, y } = diamond()
    const shown = tape(y, { names: [['say "x\\n" <&amp;>\n→ ', x]] })
    expect(shown.toDot().split('\n')[4]).toMatchInlineSnapshot(
      '"  n1 [fontname="Helvetica-Bold", fillcolor="#fff1d0", color="#d99a1c", label="say ' +
        `\\"x\\\\n\\" <&amp;amp;> → "]"`,
    )
    expect(await shown.toSVG()).toContain('>say &quot;x\\n&quot; &lt;&amp;amp;&gt; → <')
  })
})
