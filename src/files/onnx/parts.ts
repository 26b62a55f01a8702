// Ops that read with strides in ONNX's words: slices, single places, and axes in another order.
// What they read at other sizes is said by the arguments of their calls.

import type { Shape } from '../../tensor/index.ts'
import type { StridedView } from '../../tensor/internal.ts'
import type { Call } from './calls.ts'
import type { Graph } from './graph.ts'

const END = 2n ** 63n - 1n

type Args = readonly (number | Shape)[]

/** Argument `i` of a call. */
const arg =
  <T extends number | Shape>(i: number) =>
  ({ args }: StridedView): T =>
    (args as Args)[i] as T

/** A bound as a vector of one; Infinity is the end. ONNX counts negative ones as we do. */
function bound(graph: Graph, call: Call<StridedView>, i: number): string {
  return (call.attrs.args as Args)[i] === Infinity
    ? graph.ints([END])
    : graph.shape([call.size(arg<number>(i))])
}

/** `slice(axis, start, end, step)`. */
export function cut(graph: Graph, call: Call<StridedView>): string {
  const axes = graph.ints([call.fixed(arg<number>(0))])
  const steps = graph.ints([call.fixed(arg<number>(3))])
  const bounds = [bound(graph, call, 1), bound(graph, call, 2)]
  return graph.emit('Slice', [...call.names, ...bounds, axes, steps])
}

/** `flip(axes)`: from the end to before the first place. */
export function flipped(graph: Graph, call: Call<StridedView>): string {
  const axes = call.fixed(arg<Shape>(0))
  if (axes.length === 0) return call.names[0]
  const all = (n: number | bigint): string => graph.ints(axes.map(() => n))
  return graph.emit('Slice', [...call.names, all(END), all(-END), graph.ints(axes), all(-1)])
}

/** `select(axis, index)`. */
export function picked(graph: Graph, call: Call<StridedView>): string {
  const axis = call.fixed(arg<number>(0))
  const places = graph.shape([call.size(arg<number>(1))])
  const place = graph.emit('Squeeze', [places, graph.ints([0])])
  return graph.emit('Gather', [...call.names, place], { axis })
}

/** `permute(order)`; as it is where no order was asked for. */
export function permuted(graph: Graph, call: Call<StridedView>): string {
  if (call.attrs.args === undefined) return call.names[0]
  return graph.emit('Transpose', call.names, { perm: call.fixed(arg<Shape>(0)) })
}

/** The last two axes change places. */
export function swapped(graph: Graph, { inputs, names }: Call): string {
  const { rank } = inputs[0]
  const axes = Array.from({ length: rank }, (_, axis) => axis)
  return graph.emit('Transpose', names, { perm: [...axes.slice(0, -2), rank - 1, rank - 2] })
}
