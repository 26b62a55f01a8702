// Every built-in op in ONNX's words, or the reason why it is refused. An op without a row does not
// compile.

import type { Tensor } from '../../tensor/index.ts'
import type { BuiltInOp, PickedElements, PickedRows, Weighted } from '../../tensor/internal.ts'
import type { Call } from './calls.ts'
import { type Bounds, clamped, elementwise } from './elementwise.ts'
import { ELEMENT, type Graph } from './graph.ts'
import { cut, flipped, permuted, picked, swapped } from './parts.ts'
import { reduced } from './reduce.ts'
import type { Size } from './sizes.ts'

/** Writes a call, and returns the name of its result. */
export type Row<A = never> = (graph: Graph, call: Call<A>) => string

const isSame = (a: Size | null, b: Size | null | undefined): boolean =>
  a !== null && b !== null && b !== undefined && JSON.stringify(a) === JSON.stringify(b)

const reshape: Row = (graph, call) => {
  const from = call.sizes(({ inputs }) => inputs[0].shape)
  const to = call.sizes(({ out }) => out.shape)
  // 0 stands for the size of the same axis before, −1 for what is left.
  const kept = to.map((size, axis) =>
    typeof size !== 'number' && isSame(size, from[axis]) ? 0 : size,
  )
  const open = kept.filter((size) => typeof size !== 'number').length
  const shape =
    open > 1
      ? (openAt(to) ?? call.shape(({ out }) => out.shape))
      : kept.map((size) => (typeof size === 'number' ? size : -1))
  return graph.emit('Reshape', [...call.names, graph.shape(shape)])
}

/** The sizes with −1 for the one that is none; null where there are more of them. */
function openAt(sizes: readonly (Size | null)[]): Size[] | null {
  const isOne = sizes.filter((size) => size === null).length === 1
  return isOne ? sizes.map((size) => size ?? -1) : null
}

const broadcastTo: Row = (graph, call) => {
  const shape = graph.shape(call.shape(({ out }) => out.shape))
  return graph.emit('Expand', [call.names[0], shape])
}

/** The last axis is the one that these ops work along. */
const alongLast =
  (op: string): Row =>
  (graph, { names }) =>
    graph.emit(op, names, { axis: -1 })

const same: Row = (_graph, { names: [x] }) => x

/** −weights · log softmax(logits) at the targets. */
const crossEntropy: Row<Weighted> = (graph, call) => {
  const last = graph.ints([-1])
  const targets = graph.emit('Unsqueeze', [call.name(({ targets }) => targets), last])
  const logs = graph.emit('LogSoftmax', call.names, { axis: -1 })
  const picked = graph.emit('GatherElements', [logs, targets], { axis: -1 })
  const losses = graph.emit('Neg', [graph.emit('Squeeze', [picked, last])])
  return graph.emit('Mul', [losses, call.name(({ weights }) => weights)])
}

/** A bound may follow from a size. */
const clamp: Row<Bounds> = (graph, call) =>
  clamped(graph, call.names[0], call.attrs, (bound) => call.number((attrs) => attrs[bound]))

const rowOf =
  (name: keyof typeof elementwise): Row =>
  (graph, { inputs, names, attrs }) =>
    elementwise[name](graph, names, (inputs.at(-1) as Tensor).dtype, attrs)

/** An op that is not written, and why. */
export interface Refused {
  readonly refused: string
}
const ofDerivative: Refused = {
  refused: 'an op of a backward pass: export the forward pass alone',
}

const elementwiseRows = Object.fromEntries(
  Object.keys(elementwise).map((name) => [name, rowOf(name as keyof typeof elementwise)]),
) as Record<keyof typeof elementwise, Row>

export const rows: Readonly<Record<BuiltInOp, Row | Refused>> = {
  ...elementwiseRows,
  clamp,
  sum: reduced.sum,
  max: reduced.max,
  min: reduced.min,
  argmax: reduced.argmax,
  logSumExp: (graph, { names }) =>
    graph.emit('ReduceLogSumExp', names, { axes: [-1], keepdims: 0 }),
  softmax: alongLast('Softmax'),
  logSoftmax: alongLast('LogSoftmax'),
  crossEntropy,
  matmul: (graph, { names }) => graph.emit('MatMul', names),
  affine: (graph, { names }) => graph.emit('Gemm', names, { transB: 1 }),
  t: swapped,
  permute: permuted,
  reshape,
  broadcastTo,
  slice: cut,
  flip: flipped,
  select: picked,
  cat: (graph, call: Call<number>) =>
    graph.emit('Concat', call.names, { axis: call.fixed((axis) => axis) }),
  stack: (graph, call: Call<number>) => {
    const axis = call.fixed((axis) => axis)
    const axes = graph.ints([axis])
    const parts = call.names.map((name) => graph.emit('Unsqueeze', [name, axes]))
    return graph.emit('Concat', parts, { axis })
  },
  indexSelect: (graph, call: Call<PickedRows>) =>
    graph.emit('Gather', [call.names[0], call.name(({ index }) => index)], { axis: 0 }),
  gather: (graph, call: Call<PickedElements>) =>
    graph.emit('GatherElements', [call.names[0], call.name(({ index }) => index)], {
      axis: call.fixed(({ axis }) => axis),
    }),
  to: (graph, { names, out }) => graph.emit('Cast', names, { to: ELEMENT[out.dtype] }),
  clone: same,
  input: same,
  detach: same,
  tanhGrad: ofDerivative,
  sigmoidGrad: ofDerivative,
  reluGrad: ofDerivative,
  softmaxGrad: ofDerivative,
  logSoftmaxGrad: ofDerivative,
  crossEntropyGrad: ofDerivative,
  asStridedScatter: ofDerivative,
  read: ofDerivative,
  scatterRows: ofDerivative,
  scatter: ofDerivative,
}
