// The definition of a recurrence over packed sequences, by recorded ops. Its derivative is used
// where the backward pass is itself recorded.

import type { Tensor } from '../core/tensor.ts'
import { numberTensor } from '../define/operand.ts'
import { cat } from '../ops/join.ts'
import { affine } from '../ops/matmul.ts'
import { columnsOf, type GraphNode, type Product } from '../programs/graph.ts'
import { type Plan, placeOutside } from '../programs/plan.ts'
import type { SequenceCall } from './call.ts'
import { layoutOf, stepsOf } from './layout.ts'
import type { Mask } from './places.ts'

const rowsOf = (t: Tensor, from: number, n: number): Tensor =>
  t.shape[0] === n ? t : t.slice(0, from, from + n)

/** The result of the op, computed from the same inputs. */
export function compose(
  { lowered, sizes, every, masks }: SequenceCall,
  inputs: readonly Tensor[],
): Tensor {
  const { plan } = lowered
  const count = plan.after.length
  const x = inputs[0]
  const outside = inputs.slice(1 + count)
  const [N] = inputs[1].shape
  const products = new Map<GraphNode, Tensor>()
  for (const node of plan.nodes)
    if (node.kind === 'product' && node.inputs[0] === plan.recorded.x)
      products.set(node, productOf(node, x, plan, outside))
  let state = inputs.slice(1, 1 + count)
  const rows = state.map((t) => [t])
  const last = state.map((t) => [t.slice(0, sizes[0] ?? 0)])
  for (const { n, at, ended } of stepsOf(sizes)) {
    const known = new Map<Tensor, Tensor>([[plan.recorded.x, rowsOf(x, at, n)]])
    plan.recorded.before.forEach((t, k) => {
      known.set(t, rowsOf(state[k], 0, n))
    })
    plan.recorded.masks.forEach((t, k) => {
      const { mask, isFixed } = masks[k] as Mask
      known.set(t, rowsOf(mask, isFixed ? 0 : at, n))
    })
    for (const node of plan.nodes) {
      const product = products.get(node)
      known.set(
        node.out,
        product === undefined ? computed(node, known, plan, outside) : rowsOf(product, at, n),
      )
    }
    state = plan.recorded.after.map((t) => operandOf(t, known, plan, outside, n))
    state.forEach((t, k) => {
      rows[k].push(t)
      // Sequences that end here stand before those that ended earlier.
      if (ended > 0) last[k].unshift(t.slice(0, n - ended))
    })
  }
  const flat = (parts: readonly Tensor[]): Tensor => cat(parts).reshape([-1])
  const parts = rows.flatMap((own, k) =>
    k === 0 || every ? [flat(own), flat(last[k])] : [flat(last[k])],
  )
  return cat(parts).reshape(layoutOf(lowered, N, x.shape[0], every).shape)
}

const productOf = (
  { weight, biases, transposed }: Product,
  input: Tensor,
  plan: Plan,
  outside: readonly Tensor[],
): Tensor => {
  const of = (...summed: readonly Tensor[]): Tensor => outside[placeOutside(plan.outside, summed)]
  const bias = biases.length === 0 ? null : of(...biases)
  if (transposed) return affine(input, of(weight), bias)
  const own = input.matmul(of(weight))
  return bias === null ? own : own.add(bias)
}

/** Rows that are known, a tensor from outside as one row, or a number. */
function operandOf(
  t: Tensor,
  known: ReadonlyMap<Tensor, Tensor>,
  plan: Plan,
  outside: readonly Tensor[],
  rows: number,
): Tensor {
  const own = known.get(t)
  if (own !== undefined) return own
  const number = plan.numbers.get(t)
  if (number === undefined) return outside[placeOutside(plan.outside, [t])].reshape([1, t.size])
  const one = numberTensor('sequence', number, t.dtype)
  return plan.recorded.after.includes(t) ? one.broadcastTo([rows, columnsOf(t)]) : one
}

/** A node of the step for other rows. Its tensors have one axis of columns. */
function computed(
  node: GraphNode,
  known: ReadonlyMap<Tensor, Tensor>,
  plan: Plan,
  outside: readonly Tensor[],
): Tensor {
  const inputs = node.inputs.map((t) => operandOf(t, known, plan, outside, 0))
  const [first] = inputs
  if (node.kind === 'product') {
    const own = productOf(node, first, plan, outside)
    return node.onto === undefined ? own : (known.get(node.onto) as Tensor).add(own)
  }
  if (node.kind === 'summed') return first.sum(1, true)
  if (node.kind === 'joined') return cat(inputs, 1)
  if (node.kind === 'elements') return node.rule.replay?.(inputs, node.attrs) as Tensor
  const width = columnsOf(node.out)
  return first.shape[1] < width
    ? first.broadcastTo([first.shape[0], width])
    : first.slice(1, node.from, node.from + width)
}
