// Reductions in ONNX's words: the ops of a span of neighbouring axes.

import { type Span, sameShape, sizeOf } from '../../tensor/internal.ts'
import type { Call } from './calls.ts'
import { ELEMENT, type Graph } from './graph.ts'

/** The first axis of the span, and the one behind the last; those of size 1 may be left out. */
function axesOf({ inputs: [x], attrs }: Call<Span>): [from: number, to: number] | null {
  const { outer, n, inner } = attrs
  for (let count = 1; count <= x.rank; count++)
    for (let from = 0, to = count; to <= x.rank; from++, to++) {
      const [before, within] = [x.shape.slice(0, from), x.shape.slice(from, to)]
      const isSpan = sizeOf(before) === outer && sizeOf(within) === n
      if (isSpan && sizeOf(x.shape.slice(to)) === inner) return [from, to]
    }
  return null
}

/** The result in its own shape: the axes of the span are gone, or of size 1. */
function inShape(graph: Graph, call: Call<Span>, name: string): string {
  return graph.emit('Reshape', [name, graph.shape(call.shape(({ out }) => out.shape))])
}

type Reduce = (axes: readonly number[], keepdims: 0 | 1) => string

/** x over the axes of the span; as it is where there is nothing to reduce. */
function over(graph: Graph, call: Call<Span>, x: string, reduce: Reduce): string {
  const { inputs, out } = call
  const found = axesOf(call)
  if (found === null) return inShape(graph, call, x)
  const [from, to] = found
  const axes = Array.from({ length: to - from }, (_, i) => from + i)
  const keepdims = out.rank === inputs[0].rank ? 1 : 0
  const ones = axes.map(() => 1)
  const shape = inputs[0].shape.toSpliced(from, axes.length, ...(keepdims ? ones : []))
  const reduced = reduce(axes, keepdims)
  return sameShape(shape, out.shape) ? reduced : inShape(graph, call, reduced)
}

/** A sum of bools is one of whole numbers. */
const sum = (graph: Graph, call: Call<Span>): string => {
  const [name] = call.names
  const isBool = call.inputs[0].dtype === 'bool'
  const x = isBool ? graph.emit('Cast', [name], { to: ELEMENT.int32 }) : name
  return over(graph, call, x, (axes, keepdims) =>
    graph.emit('ReduceSum', [x, graph.ints(axes)], { keepdims }),
  )
}

const extremum =
  (op: string) =>
  (graph: Graph, call: Call<Span>): string =>
    over(graph, call, call.names[0], (axes, keepdims) =>
      graph.emit(op, call.names, { axes, keepdims }),
    )

/** Of one axis, or of all as one. */
const argmax = (graph: Graph, call: Call<Span>): string => {
  const [from, to] = axesOf(call) ?? [0, call.inputs[0].rank]
  const isOne = to - from === 1
  const x = isOne ? call.names[0] : graph.emit('Reshape', [call.names[0], graph.ints([-1])])
  const axis = isOne ? from : 0
  const at = graph.emit('ArgMax', [x], { axis, keepdims: 0 })
  return inShape(graph, call, graph.emit('Cast', [at], { to: ELEMENT.int32 }))
}

export const reduced = { sum, max: extremum('ReduceMax'), min: extremum('ReduceMin'), argmax }
