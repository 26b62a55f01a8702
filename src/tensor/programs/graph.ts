// The calls of a function that works row by row, as nodes of five kinds: elementwise ops, parts of
// rows, joined rows, sums of rows, and products with a matrix. Other calls are refused here.

import type { Rule } from '../../autograd/index.ts'
import { isFloat } from '../core/dtype.ts'
import { isContiguous, type Shape, sameShape, show, sizeOf } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import { formOf } from '../define/form.ts'
import type { Heard } from '../define/record.ts'
import type { Span } from '../ops/reduce.ts'
import type { StridedView } from '../ops/strided.ts'

/** A function is no program, for the reason in the message. */
export class NoProgram extends Error {}

/** Rows are the first axis; the other axes count as one, of so many columns. */
export interface Elements {
  readonly kind: 'elements'
  readonly rule: Rule<Tensor>
  readonly attrs: unknown
  readonly inputs: readonly Tensor[]
  readonly out: Tensor
}
/** Columns of the input from `from` on; an input of one column may become many equal ones. */
export interface Columns {
  readonly kind: 'columns'
  readonly from: number
  readonly inputs: readonly [Tensor]
  readonly out: Tensor
}
export interface Joined {
  readonly kind: 'joined'
  readonly inputs: readonly Tensor[]
  readonly out: Tensor
}
export interface Summed {
  readonly kind: 'summed'
  readonly inputs: readonly [Tensor]
  readonly out: Tensor
}
/**
 * input·weight, or input·weightᵀ where `transposed`, and the sum of the biases; added to the rows
 * of another product where there is `onto`.
 */
export interface Product {
  readonly kind: 'product'
  readonly inputs: readonly [Tensor]
  readonly weight: Tensor
  readonly biases: readonly Tensor[]
  readonly transposed: boolean
  readonly onto?: Tensor
  readonly out: Tensor
}
export type GraphNode = Elements | Columns | Joined | Summed | Product

const rest = ({ shape }: { shape: Shape }): Shape => shape.slice(1)

/** How many columns a tensor of rows has. */
export const columnsOf = (t: Tensor): number => sizeOf(rest(t))

/**
 * The calls that depend on `starts`, as nodes. Throws NoProgram for a call that mixes rows, or that
 * has no form.
 */
export function graphOf(calls: readonly Heard[], starts: readonly Tensor[]): GraphNode[] {
  const rows = starts[0].shape[0]
  const traced = new Set(starts)
  const nodes: GraphNode[] = []
  for (const call of calls) {
    if (!call.inputs.some((input) => traced.has(input))) continue
    if (!call.isRecorded) throw new NoProgram(`calls ${call.rule.name} inside noGrad`)
    traced.add(call.out)
    nodes.push(nodeOf(call, traced, rows))
  }
  return nodes
}

function nodeOf(call: Heard, traced: ReadonlySet<Tensor>, rows: number): GraphNode {
  const { rule, inputs, attrs, out } = call
  const [input] = inputs
  const refuse = (why: string): never => {
    throw new NoProgram(`uses ${rule.name}, which ${why}`)
  }
  if (out.shape[0] !== rows) return refuse('mixes the rows of the batch')
  const form = formOf(rule)
  if (form === undefined) return refuse('is not elementwise')
  if (form === 'alias') return { kind: 'columns', from: 0, inputs: [input], out }
  if (form === 'strided') return columns(input, attrs as StridedView, out, refuse)
  if (form === 'spanSum') {
    const { outer, inner } = attrs as Span
    if (outer !== rows || inner !== 1) return refuse('adds other numbers than those of a row')
    return { kind: 'summed', inputs: [input], out }
  }
  if (form === 'cat')
    return !inputs.every((one) => traced.has(one))
      ? refuse('joins other tensors than rows of the same batch')
      : { kind: 'joined', inputs, out }
  if (form === 'matmul' || form === 'affine') {
    const [, weight, ...biases] = inputs
    if ([weight, ...biases].some((one) => traced.has(one)) || weight.rank !== 2)
      return refuse('is a product of two tensors that both depend on the arguments')
    const transposed = form === 'affine'
    return { kind: 'product', inputs: [input], weight, biases, transposed, out }
  }
  const numbers = form.kernel === 'where' ? inputs.slice(1) : inputs
  for (const { dtype } of numbers) if (!isFloat(dtype)) return refuse(`reads ${dtype}`)
  for (const one of inputs) {
    const fits = one.rank === out.rank && (columnsOf(one) === 1 || sameShape(rest(one), rest(out)))
    if (traced.has(one) && !fits) return refuse(`broadcasts rows of shape ${show(one.shape)}`)
  }
  return { kind: 'elements', rule, attrs, inputs, out }
}

function columns(
  input: Tensor,
  { shape, offset, strides }: StridedView,
  out: Tensor,
  refuse: (why: string) => never,
): Columns {
  const width = columnsOf(input)
  const own = shape.slice(1)
  const isPart = isContiguous(own, strides.slice(1)) && offset + sizeOf(own) <= width
  const isRepeated = width === 1 && offset === 0
  if (strides[0] !== width || !(isPart || isRepeated)) return refuse('reads rows in another order')
  return { kind: 'columns', from: offset, inputs: [input], out }
}

/** The nodes that the results depend on. */
export function readNodes(nodes: readonly GraphNode[], results: readonly Tensor[]): GraphNode[] {
  const read = new Set(results)
  const found: GraphNode[] = []
  for (const node of [...nodes].reverse()) {
    if (!read.has(node.out)) continue
    for (const t of node.inputs) read.add(t)
    found.unshift(node)
  }
  return found
}

/**
 * The nodes, with a product of the first start plus one of other rows as a product onto the first:
 * so the sum needs no rows of its own. The first one has the biases of both. Only where nobody
 * reads the two products by themselves.
 */
export function merged(nodes: readonly GraphNode[], x: Tensor, results: readonly Tensor[]) {
  const makers = new Map(nodes.map((node) => [node.out, node]))
  const uses = new Map<Tensor, number>()
  for (const t of [...nodes.flatMap(({ inputs }) => inputs), ...results])
    uses.set(t, (uses.get(t) ?? 0) + 1)
  /** The product that makes `t`, if `t` is read once. */
  const productOf = (t: Tensor): Product | null => {
    const maker = makers.get(t)
    return maker?.kind === 'product' && uses.get(t) === 1 ? maker : null
  }
  const replaced = new Map<GraphNode, GraphNode | null>()
  for (const node of nodes) {
    if (node.kind !== 'elements') continue
    const form = formOf(node.rule)
    if (typeof form !== 'object' || form.kernel !== 'add') continue
    const [first, second] = node.inputs.map(productOf)
    if (!first || !second || !sameShape(first.out.shape, second.out.shape)) continue
    const [base, other] = first.inputs[0] === x ? [first, second] : [second, first]
    if (base.inputs[0] !== x || other.inputs[0] === x) continue
    // It stands where both are known: the sum says nothing of their order.
    replaced.set(base, { ...base, biases: [...base.biases, ...other.biases] })
    replaced.set(other, null)
    replaced.set(node, { ...other, biases: [], onto: base.out, out: node.out })
  }
  return nodes.flatMap((node) => {
    const other = replaced.get(node)
    return other === undefined ? [node] : other === null ? [] : [other]
  })
}
