// Every built-in op in ONNX's words, or the reason why it is refused. An op without a row does not
// compile.

import type { Tensor } from '../../tensor/index.ts'
import type { BuiltInOp } from '../../tensor/internal.ts'
import type { Call } from './calls.ts'
import { elementwise } from './elementwise.ts'
import { ELEMENT, type Graph } from './graph.ts'
import { cut, permuted, picked } from './parts.ts'
import { reduced } from './reduce.ts'
import type { Size } from './sizes.ts'

/** Writes a call, and returns the name of its result. */
export type Row<A = never> = (graph: Graph, call: Call<A>) => string

const isFixed = (size: Size): boolean => typeof size === 'number'

const isSame = (a: Size, b: Size | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)

const reshape: Row = (graph, call) => {
  const from = call.shape(({ inputs }) => inputs[0].shape)
  const to = call.shape(({ out }) => out.shape)
  // 0 stands for the size of the same axis before, −1 for what is left.
  const kept = to.map((size, axis) => (isFixed(size) || !isSame(size, from[axis]) ? size : 0))
  const isOpen = kept.filter((size) => !isFixed(size)).length > 1
  const shape = isOpen ? to : kept.map((size) => (isFixed(size) ? size : -1))
  return graph.emit('Reshape', [...call.names, graph.shape(shape)])
}

const broadcastTo: Row = (graph, call) => {
  const shape = graph.shape(call.shape(({ out }) => out.shape))
  return graph.emit('Expand', [call.names[0], shape])
}

const swapLast: Row = (graph, { inputs: [x], names }) => {
  const perm = x.shape.map((_, axis) => axis)
  return graph.emit('Transpose', names, { perm: [...perm.slice(0, -2), x.rank - 1, x.rank - 2] })
}

/** The last axis is the one that these ops work along. */
const alongLast =
  (op: string): Row =>
  (graph, { names }) =>
    graph.emit(op, names, { axis: -1 })

const same: Row = (_graph, { names: [x] }) => x

/** −weights · log softmax(logits) at the targets. */
const crossEntropy: Row<{ targets: Tensor; weights: Tensor }> = (graph, call) => {
  const last = graph.ints([-1])
  const targets = graph.emit('Unsqueeze', [call.name(({ targets }) => targets), last])
  const logs = graph.emit('LogSoftmax', call.names, { axis: -1 })
  const picked = graph.emit('GatherElements', [logs, targets], { axis: -1 })
  const losses = graph.emit('Neg', [graph.emit('Squeeze', [picked, last])])
  return graph.emit('Mul', [losses, call.name(({ weights }) => weights)])
}

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
  t: swapLast,
  permute: permuted,
  reshape,
  broadcastTo,
  slice: cut,
  flip: cut,
  select: picked,
  cat: (graph, { names, attrs }: Call<number>) => graph.emit('Concat', names, { axis: attrs }),
  stack: (graph, { names, attrs }: Call<number>) => {
    const axes = graph.ints([attrs])
    const parts = names.map((name) => graph.emit('Unsqueeze', [name, axes]))
    return graph.emit('Concat', parts, { axis: attrs })
  },
  indexSelect: (graph, call: Call<{ index: Tensor }>) =>
    graph.emit('Gather', [call.names[0], call.name(({ index }) => index)], { axis: 0 }),
  gather: (graph, call: Call<{ index: Tensor; axis: number }>) =>
    graph.emit('GatherElements', [call.names[0], call.name(({ index }) => index)], {
      axis: call.attrs.axis,
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
