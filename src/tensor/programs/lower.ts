// From the nodes of a function to values: every tensor of rows becomes segments of columns, cut
// where any op reads only a part of them.

import { isFloat } from '../core/dtype.ts'
import type { Tensor } from '../core/tensor.ts'
import { columnsOf, type GraphNode } from './graph.ts'
import type { Value, Values } from './values.ts'

/** Columns `from` to `from + width` of a tensor; a value of width 1 repeats. */
export interface Segment {
  readonly from: number
  readonly width: number
  readonly value: Value
}

/** The columns at which each tensor is cut. */
function cutsOf(nodes: readonly GraphNode[]): Map<Tensor, Set<number>> {
  const cuts = new Map<Tensor, Set<number>>()
  const of = (t: Tensor): Set<number> => {
    const known = cuts.get(t) ?? new Set<number>()
    cuts.set(t, known)
    return known
  }
  let hasChanged = true
  /** Cuts `to` where `from` is cut, `shift` columns further, as far as it is so wide. */
  const copy = (from: Tensor, to: Tensor, shift: number): void => {
    const target = of(to)
    for (const cut of of(from)) {
      const at = cut + shift
      if (at <= 0 || at >= columnsOf(to) || target.has(at)) continue
      target.add(at)
      hasChanged = true
    }
  }
  for (const { kind, inputs, out } of nodes)
    if (kind === 'columns' || kind === 'joined')
      for (const t of [out, ...inputs]) of(t).add(0).add(columnsOf(t))
  while (hasChanged) {
    hasChanged = false
    for (const node of nodes) {
      if (node.kind === 'summed' || node.kind === 'product') continue
      let at = node.kind === 'columns' ? -node.from : 0
      for (const input of node.inputs) {
        // One column that stands for many has no cuts.
        const isRepeated = columnsOf(input) === 1 && columnsOf(node.out) > 1
        if (!isRepeated || node.kind === 'joined') {
          copy(input, node.out, at)
          copy(node.out, input, -at)
        }
        if (node.kind === 'joined') at += columnsOf(input)
      }
    }
  }
  return cuts
}

/** Gives values to what a graph reads besides rows of its own. */
export interface Reads {
  /** The columns `from` to `from + width` of a start or a product. */
  part(t: Tensor, from: number, width: number): Value
  /** The same of a tensor from outside, which is no row of this graph. */
  outside(t: Tensor, out: Tensor, from: number, width: number): Value
  /** Notes a product; its rows are then read by `part`. */
  product?(node: GraphNode & { kind: 'product' }, input: readonly Segment[]): void
}

/** The segments of every tensor in a graph; `starts` are the tensors of rows it begins with. */
export function lower(
  nodes: readonly GraphNode[],
  starts: ReadonlyMap<Tensor, readonly Segment[]> | readonly Tensor[],
  values: Values,
  reads: Reads,
): Map<Tensor, readonly Segment[]> {
  const cuts = cutsOf(nodes)
  const segments = new Map<Tensor, readonly Segment[]>(starts instanceof Map ? starts : [])
  const bounds = (t: Tensor): number[] =>
    [...new Set([0, ...(cuts.get(t) ?? []), columnsOf(t)])].sort((a, b) => a - b)
  const read = (t: Tensor): readonly Segment[] => {
    const at = bounds(t)
    return at.slice(1).map((end, i) => {
      const [from, width] = [at[i], end - at[i]]
      return { from, width, value: reads.part(t, from, width) }
    })
  }
  if (Array.isArray(starts)) for (const t of starts) segments.set(t, read(t))
  /** The value of columns that no cut divides; null for a tensor from outside. */
  const valueIn = (t: Tensor, from: number): Value | null => {
    const own = segments.get(t)
    if (own === undefined) return null
    return (own.find((one) => from >= one.from && from < one.from + one.width) ?? own[0]).value
  }
  for (const node of nodes) {
    const { out } = node
    if (node.kind === 'product') {
      reads.product?.(node, segments.get(node.inputs[0]) as readonly Segment[])
      segments.set(out, read(out))
    } else if (node.kind === 'summed') {
      const parts = segments.get(node.inputs[0]) as readonly Segment[]
      const sum = values.rowSum(
        parts.map(({ value }) => value),
        // One number may stand for many columns.
        parts.map(({ width, value }) => width / value.width),
      )
      segments.set(out, [{ from: 0, width: 1, value: sum }])
    } else if (node.kind === 'joined') {
      let at = 0
      const joined: Segment[] = []
      for (const input of node.inputs) {
        for (const part of segments.get(input) as readonly Segment[])
          joined.push({ ...part, from: at + part.from })
        at += columnsOf(input)
      }
      segments.set(out, joined)
    } else {
      const at = bounds(out)
      segments.set(
        out,
        at.slice(1).map((end, i) => {
          const [from, width] = [at[i], end - at[i]]
          const argument = (t: Tensor): Value =>
            valueIn(t, node.kind === 'columns' ? from + node.from : from) ??
            reads.outside(t, out, from, width)
          const args = node.inputs.map(argument)
          if (node.kind === 'columns') return { from, width, value: args[0] }
          const value = values.computed(node.rule, node.attrs, args, !isFloat(out.dtype))
          return { from, width, value }
        }),
      )
    }
  }
  return segments
}
