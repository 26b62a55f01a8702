// Recurrences over sequences in ONNX's words: a node RNN, GRU or LSTM where their step is ours,
// else a Scan, whose body is the step itself.

import { full, noGrad, type Tensor, ValueError } from '../../tensor/index.ts'
import {
  builtInOp,
  columnsOf,
  type GraphNode,
  type Heard,
  layoutOf,
  type Plan,
  placeOutside,
  type SequenceCall,
} from '../../tensor/internal.ts'
import { toOnnxWeights } from '../gates/onnx.ts'
import type { Written } from './calls.ts'
import { type ElementwiseRow, elementwise } from './elementwise.ts'
import { type Graph, valueInfo } from './graph.ts'
import type { Field } from './protobuf.ts'
import { type Found, standardOf, textOf } from './standard.ts'
import type { Calls } from './trace.ts'

/** The rows of a state in the op's result, which is one tensor for all of them. */
export interface StateRows {
  /** The offset of its first element in each run, and how many rows it has. */
  readonly at: readonly number[]
  readonly rows: readonly number[]
  readonly width: number
  /** Of a value (rows, width). */
  readonly name: string
}

type Sequence = Heard & { attrs: SequenceCall }

/** Writes a recurrence, whose inputs are x, the first states, and the plan's from outside. */
export function recurrence(written: Written, runs: Calls): StateRows[] {
  const calls = runs as readonly Sequence[]
  const [{ attrs, inputs }] = calls
  const { lowered, every } = attrs
  const count = lowered.plan.after.length
  const plans = new Set(calls.map((call) => call.attrs.lowered.plan))
  if (new Set(Array.from(plans, textOf)).size > 1)
    written.refuse('a cell that is the same at any size', `others of ${attrs.name}`)
  const outside = inputs.slice(1 + count)
  const isConstant = outside.every((t) => !written.isWritten(t))
  const standard =
    isConstant && !every && lowered.plan.dtype === 'float32'
      ? noGrad(() => standardOf(lowered.plan, outside))
      : null
  const { graph } = written
  const steps = new Steps(written, calls)
  const nameOf = (i: number): string => written.nameOf(runs.map((call) => call.inputs[i]))
  const x = steps.apart(nameOf(0), inputs[0].shape[1])
  const first = lowered.plan.after.map((_, k) => nameOf(1 + k))
  const results =
    standard === null
      ? new Scan(graph, attrs, (i) => nameOf(1 + count + i)).write(x, first)
      : node(graph, standard, x, first)
  return steps.parts(results)
}

/** Where the results of a recurrence are. */
interface Results {
  /** The state after every step (T, N, width); null where it is not wanted. */
  readonly all: readonly (string | null)[]
  /** The states after the last step (N, width). */
  readonly last: readonly string[]
}

/** The sizes of a call, and rows of all steps as one axis or as two. */
class Steps {
  readonly #written: Written
  readonly #calls: readonly Sequence[]

  constructor(written: Written, calls: readonly Sequence[]) {
    this.#written = written
    this.#calls = calls
  }

  /** Rows (T·N, width) → (T, N, width). */
  apart(rows: string, width: number): string {
    const { graph } = this.#written
    const N = this.#written.size(this.#calls.map(({ inputs }) => inputs[1].shape[0]))
    return graph.emit('Reshape', [rows, graph.shape([-1, N, width])])
  }

  parts({ all, last }: Results): StateRows[] {
    const { graph } = this.#written
    const layouts = this.#calls.map(({ attrs, inputs }) =>
      layoutOf(attrs.lowered, inputs[1].shape[0], inputs[0].shape[0], attrs.every),
    )
    const N = this.#calls.map(({ inputs }) => inputs[1].shape[0])
    const R = this.#calls.map(({ inputs }) => inputs[0].shape[0])
    return layouts[0].states.flatMap(({ width }, k) => {
      const own = layouts.map(({ states }) => states[k])
      const after = { at: own.map((one) => one.last), rows: N, width, name: last[k] }
      const every = all[k]
      if (every === null) return [after]
      const name = graph.emit('Reshape', [every, graph.ints([-1, width])])
      // The rows of the first state stand before those of the steps.
      const at = own.map(({ rows }, run) => (rows as number) + N[run] * width)
      return [after, { at, rows: R, width, name }]
    })
  }
}

/** A node RNN, GRU or LSTM. */
function node(
  graph: Graph,
  { kind, attributes, state }: Found,
  x: string,
  first: readonly string[],
): Results {
  const [{ W, R, B, P }] = toOnnxWeights(kind, state)
  const optional = (t: Tensor | undefined): string => (t === undefined ? '' : graph.constant(t))
  const front = graph.ints([0])
  const states = first.map((name) => graph.emit('Unsqueeze', [name, front]))
  const inputs = [x, graph.constant(W), graph.constant(R), optional(B), '', ...states, optional(P)]
  while (inputs.at(-1) === '') inputs.pop()
  const hidden = { hidden_size: R.shape[2], ...attributes }
  const [all, ...last] = graph.emitAll(kind, inputs, hidden, 1 + first.length)
  return {
    // (T, 1, N, H): one direction.
    all: [graph.emit('Squeeze', [all, graph.ints([1])]), ...first.slice(1).map(() => null)],
    last: last.map((name) => graph.emit('Squeeze', [name, front])),
  }
}

/** A step in a Scan. */
class Scan {
  readonly #graph: Graph
  readonly #plan: Plan
  readonly #every: boolean
  /** The names of the plan's tensors from outside. */
  readonly #outside: (i: number) => string
  readonly #known = new Map<Tensor, string>()

  constructor(
    graph: Graph,
    { lowered: { plan }, every }: SequenceCall,
    outside: (i: number) => string,
  ) {
    this.#graph = graph
    this.#plan = plan
    this.#every = every
    this.#outside = outside
  }

  /** x (T, N, D) and the first states. */
  write(x: string, first: readonly string[]): Results {
    const { recorded, dtype } = this.#plan
    const wanted = this.#every ? recorded.after : recorded.after.slice(0, 1)
    const graph = this.#graph
    const fresh = (): string => graph.fresh()
    const before = first.map(fresh)
    const [input, after, rows] = [fresh(), first.map(fresh), wanted.map(fresh)]
    recorded.before.forEach((t, k) => {
      this.#known.set(t, before[k])
    })
    this.#known.set(recorded.x, input)
    const nodes = graph.nested(() => {
      for (const node of this.#plan.nodes) this.#known.set(node.out, this.#write(node))
      recorded.after.forEach((t, k) => {
        graph.rename(this.#stateOf(t, input), after[k])
      })
      wanted.forEach((_, k) => {
        graph.rename(after[k], rows[k])
      })
    })
    const body: Field[] = [
      ...nodes,
      [2, 'step'],
      ...[...before, input].map((name): Field => [11, valueInfo(name, dtype)]),
      ...[...after, ...rows].map((name): Field => [12, valueInfo(name, dtype)]),
    ]
    const attributes = { num_scan_inputs: 1, body: { graph: body } }
    const count = after.length + rows.length
    const results = graph.emitAll('Scan', [...first, x], attributes, count)
    const all = results.slice(after.length)
    return { all: after.map((_, k) => all[k] ?? null), last: results.slice(0, after.length) }
  }

  /** A tensor of rows, a tensor from outside as one row, or a number. */
  #nameOf(t: Tensor): string {
    const number = this.#plan.numbers.get(t)
    return (
      this.#known.get(t) ??
      (number === undefined
        ? this.#outsideName(t)
        : this.#graph.constant(full([], number, { dtype: t.dtype })))
    )
  }

  #outsideName(...summed: readonly Tensor[]): string {
    return this.#outside(placeOutside(this.#plan.outside, summed))
  }

  /** A state after the step; a number becomes rows. */
  #stateOf(t: Tensor, input: string): string {
    if (this.#known.has(t)) return this.#nameOf(t)
    const graph = this.#graph
    const rows = graph.emit('Shape', [input], { start: 0, end: 1 })
    const shape = graph.emit('Concat', [rows, graph.ints([columnsOf(t)])], { axis: 0 })
    return graph.emit('Expand', [this.#nameOf(t), shape])
  }

  #write(node: GraphNode): string {
    const graph = this.#graph
    if (node.kind === 'product') return this.#product(node)
    const names = node.inputs.map((t) => this.#nameOf(t))
    if (node.kind === 'summed')
      return graph.emit('ReduceSum', [names[0], graph.ints([1])], { keepdims: 1 })
    if (node.kind === 'joined') return graph.emit('Concat', names, { axis: 1 })
    if (node.kind === 'columns') return this.#columns(node, names[0])
    const op = builtInOp(node.rule)
    const row = (elementwise as Partial<Record<string, ElementwiseRow>>)[op ?? '']
    if (row === undefined)
      throw new ValueError(
        `toOnnx: expected ops that ONNX has, got ${node.rule.name} in a cell: write it with the ` +
          "library's own ops",
      )
    return row(graph, names, (node.inputs.at(-1) as Tensor).dtype, node.attrs)
  }

  #columns(node: GraphNode & { kind: 'columns' }, name: string): string {
    const graph = this.#graph
    const width = columnsOf(node.out)
    if (columnsOf(node.inputs[0]) < width)
      return graph.emit('Expand', [name, graph.ints([1, width])])
    const [from, to] = [graph.ints([node.from]), graph.ints([node.from + width])]
    return graph.emit('Slice', [name, from, to, graph.ints([1])])
  }

  #product({ inputs, weight, biases, transposed, onto }: GraphNode & { kind: 'product' }): string {
    const graph = this.#graph
    const stored = this.#outsideName(weight)
    const matrix = transposed ? graph.emit('Transpose', [stored], { perm: [1, 0] }) : stored
    let sum = graph.emit('MatMul', [this.#nameOf(inputs[0]), matrix])
    if (biases.length > 0) sum = graph.emit('Add', [sum, this.#outsideName(...biases)])
    return onto === undefined ? sum : graph.emit('Add', [this.#nameOf(onto), sum])
  }
}
