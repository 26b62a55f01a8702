// Reductions in ONNX's words: the ops of a span of neighbouring axes.

import { zeros } from '../../tensor/index.ts'
import { type Span, sameShape } from '../../tensor/internal.ts'
import type { Call } from './calls.ts'
import { ELEMENT, type Graph } from './graph.ts'

type Reduce = (axes: readonly number[], keepdims: 0 | 1) => string

/** The result in its own shape. */
const inShape = (graph: Graph, call: Call<Span>, name: string): string =>
  graph.emit('Reshape', [name, graph.shape(call.shape(({ out }) => out.shape))])

/** x over the axes of the span; as it is where there is nothing to reduce. */
function over(graph: Graph, call: Call<Span>, x: string, reduce: Reduce): string {
  const { inputs, out } = call
  const { shape } = inputs[0]
  const [first, last] = [call.fixed((span) => span.first), call.fixed((span) => span.last)]
  const axes = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  if (axes.length === 0) return inShape(graph, call, x)
  const keepdims = out.rank === shape.length ? 1 : 0
  const ones = keepdims ? axes.map(() => 1) : []
  const reduced = reduce(axes, keepdims)
  const isDone = sameShape(shape.toSpliced(first, axes.length, ...ones), out.shape)
  return isDone ? reduced : inShape(graph, call, reduced)
}

/** A sum of bools is one of whole numbers. */
const sum = (graph: Graph, call: Call<Span>): string => {
  const [name] = call.names
  const isBool = call.inputs[0]?.dtype === 'bool'
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
  const [x] = call.names
  if (call.inputs[0].rank === 0) return graph.constant(zeros(call.out.shape, { dtype: 'int32' }))
  const at = over(graph, call, x, (axes, keepdims) => {
    const [axis] = axes
    if (axes.length === 1) return graph.emit('ArgMax', [x], { axis, keepdims })
    const flat = graph.emit('Reshape', [x, graph.ints([-1])])
    return inShape(graph, call, graph.emit('ArgMax', [flat], { axis: 0, keepdims: 0 }))
  })
  return graph.emit('Cast', [at], { to: ELEMENT.int32 })
}

export const reduced = { sum, max: extremum('ReduceMax'), min: extremum('ReduceMin'), argmax }
