// The elementwise ops in ONNX's words. They need no shapes: ONNX broadcasts as we do.

import { type DType, full } from '../../tensor/index.ts'
import type { BuiltInOp } from '../../tensor/internal.ts'
import { ELEMENT, type Graph } from './graph.ts'

/** Writes an op for inputs of this dtype, and returns the name of its result. */
export type ElementwiseRow = (
  graph: Graph,
  inputs: readonly string[],
  dtype: DType,
  attrs: unknown,
) => string

/** An op that ONNX has, for the same dtypes. */
const same =
  (op: string): ElementwiseRow =>
  (graph, inputs) =>
    graph.emit(op, inputs)

/** An op that ONNX has for numbers alone: bools are compared as whole numbers. */
const ofNumbers =
  (op: string): ElementwiseRow =>
  (graph, inputs, dtype) =>
    graph.emit(
      op,
      dtype === 'bool'
        ? inputs.map((input) => graph.emit('Cast', [input], { to: ELEMENT.int32 }))
        : inputs,
    )

const number = (graph: Graph, value: number, dtype: DType): string =>
  graph.constant(full([], value, { dtype }))

/**
 * ln(1 + x) as ln u · x / (u − 1) for u = 1 + x: what u has lost of a small x is lost in u − 1 too
 * (Higham 2002, "Accuracy and stability of numerical algorithms", §1.14.1).
 */
const log1p: ElementwiseRow = (graph, [x], dtype) => {
  const one = number(graph, 1, dtype)
  const u = graph.emit('Add', [x, one])
  const rounded = graph.emit('Sub', [u, one])
  const log = graph.emit('Log', [u])
  const mended = graph.emit('Mul', [log, graph.emit('Div', [x, rounded])])
  const isLost = graph.emit('Equal', [rounded, number(graph, 0, dtype)])
  const isExact = graph.emit('Equal', [rounded, x])
  const small = graph.emit('Where', [isLost, x, mended])
  return graph.emit('Where', [isExact, log, small])
}

/** max(x, 0) + ln(1 + e^−|x|): ONNX Runtime has no Softplus of float64. */
const softplus: ElementwiseRow = (graph, [x], dtype, attrs) => {
  const decay = graph.emit('Exp', [graph.emit('Neg', [graph.emit('Abs', [x])])])
  return graph.emit('Add', [graph.emit('Relu', [x]), log1p(graph, [decay], dtype, attrs)])
}

/** The bounds of a clamp; those that are infinite are none. */
export interface Bounds {
  readonly min: number
  readonly max: number
}

/** max(x, min) and min(x, max), for bounds of these names. */
export function clamped(
  graph: Graph,
  x: string,
  { min, max }: Bounds,
  name: (bound: keyof Bounds) => string,
): string {
  const low = min === -Infinity ? x : graph.emit('Max', [x, name('min')])
  return max === Infinity ? low : graph.emit('Min', [low, name('max')])
}

const clamp: ElementwiseRow = (graph, [x], dtype, attrs) => {
  const bounds = attrs as Bounds
  return clamped(graph, x, bounds, (bound) => number(graph, bounds[bound], dtype))
}

/** ONNX Runtime has no Where of bools. */
const where: ElementwiseRow = (graph, [condition, a, b], dtype) => {
  if (dtype !== 'bool') return graph.emit('Where', [condition, a, b])
  const yes = graph.emit('And', [condition, a])
  return graph.emit('Or', [yes, graph.emit('And', [graph.emit('Not', [condition]), b])])
}

export const elementwise = {
  neg: same('Neg'),
  abs: same('Abs'),
  sign: same('Sign'),
  exp: same('Exp'),
  log: same('Log'),
  log1p,
  sqrt: same('Sqrt'),
  square: (graph, [x]) => graph.emit('Mul', [x, x]),
  reciprocal: same('Reciprocal'),
  sin: same('Sin'),
  cos: same('Cos'),
  tanh: same('Tanh'),
  sigmoid: same('Sigmoid'),
  relu: same('Relu'),
  softplus,
  clamp,
  add: same('Add'),
  sub: same('Sub'),
  mul: same('Mul'),
  div: same('Div'),
  pow: same('Pow'),
  maximum: same('Max'),
  minimum: same('Min'),
  eq: same('Equal'),
  ne: (graph, inputs) => graph.emit('Not', [graph.emit('Equal', inputs)]),
  lt: ofNumbers('Less'),
  le: ofNumbers('LessOrEqual'),
  gt: ofNumbers('Greater'),
  ge: ofNumbers('GreaterOrEqual'),
  where,
} satisfies Partial<Record<BuiltInOp, ElementwiseRow>>
