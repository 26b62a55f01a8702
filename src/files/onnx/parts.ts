// Ops that read with strides in ONNX's words: slices, single places, and axes in another order.

import { type Heard, type StridedView, sameShape, stridesOf } from '../../tensor/internal.ts'
import type { Call } from './calls.ts'
import type { Graph } from './graph.ts'

type Strided = Heard & { attrs: StridedView }

const END = 2n ** 63n - 1n

/** What is read of one axis: from `start` on every `step`-th. */
interface Range {
  readonly start: number
  readonly step: number
  readonly count: number
}

const endOf = ({ start, step, count }: Range): number => start + step * count

/** What a call reads of each axis. */
function rangesOf({ inputs: [x], attrs: { shape, offset, strides } }: Strided): Range[] {
  if (shape.includes(0)) return shape.map((count) => ({ start: 0, step: 1, count }))
  const own = stridesOf(x.shape)
  let rest = offset
  return own.map((stride, axis) => {
    const start = Math.floor(rest / stride)
    rest -= start * stride
    return { start, step: strides[axis] / stride, count: shape[axis] }
  })
}

/**
 * A place on an axis as a vector of one; from the end, where only that is the same in all runs.
 */
function placed(
  graph: Graph,
  call: Call<StridedView>,
  axis: number,
  of: (one: Strided) => number,
): string {
  const place = call.runs.map((one) => of(one as Strided))
  if (place.every((at) => at === place[0])) return graph.ints([place[0]])
  const fromEnd = call.runs.map((one, run) => place[run] - one.inputs[0].shape[axis])
  if (fromEnd.every((at) => at === fromEnd[0]) && fromEnd[0] < 0) return graph.ints([fromEnd[0]])
  return graph.shape([call.size(of)])
}

/** Slices and flips. */
export function cut(graph: Graph, call: Call<StridedView>): string {
  const { inputs, names, runs } = call
  const ranges = rangesOf(runs[0] as Strided)
  const axes = ranges.flatMap(({ start, step, count }, axis) =>
    start === 0 && step === 1 && count === inputs[0].shape[axis] ? [] : [axis],
  )
  if (axes.length === 0) return names[0]
  const list = (parts: readonly string[]): string =>
    parts.length === 1 ? parts[0] : graph.emit('Concat', parts, { axis: 0 })
  const starts = axes.map((axis) => placed(graph, call, axis, (one) => rangesOf(one)[axis].start))
  const ends = axes.map((axis) => {
    const end = endOf(ranges[axis])
    if (end < 0) return graph.ints([-END])
    if (end >= inputs[0].shape[axis]) return graph.ints([END])
    return placed(graph, call, axis, (one) => endOf(rangesOf(one)[axis]))
  })
  const steps = axes.map((axis) => ranges[axis].step)
  return graph.emit('Slice', [
    names[0],
    list(starts),
    list(ends),
    graph.ints(axes),
    graph.ints(steps),
  ])
}

/** The one place of an axis. */
export function picked(graph: Graph, call: Call<StridedView>): string {
  const [x] = call.inputs
  const { shape, strides } = call.attrs
  const own = stridesOf(x.shape)
  const axis = own.findIndex(
    (_, k) => sameShape(own.toSpliced(k, 1), strides) && sameShape(x.shape.toSpliced(k, 1), shape),
  )
  const place = (one: Strided): number =>
    one.attrs.offset / (stridesOf(one.inputs[0].shape)[axis] as number)
  const index = graph.emit('Squeeze', [placed(graph, call, axis, place), graph.ints([0])])
  return graph.emit('Gather', [call.names[0], index], { axis })
}

/** Axes in another order. Axes of size 1 may stand for each other. */
export function permuted(graph: Graph, { inputs: [x], names, attrs }: Call<StridedView>): string {
  const own = stridesOf(x.shape)
  const used = new Set<number>()
  const perm = attrs.strides.map((stride, i) => {
    const axis = own.findIndex(
      (known, k) => !used.has(k) && known === stride && x.shape[k] === attrs.shape[i],
    )
    used.add(axis)
    return axis
  })
  return graph.emit('Transpose', [names[0]], { perm })
}
