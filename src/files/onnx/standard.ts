// Steps that are those of ONNX's nodes RNN, GRU and LSTM: they are compared with the steps of our
// own layers, as plans.

import { GRU, LSTM, RNN } from '../../layers/index.ts'
import { cat, Generator, noGrad, type Tensor, zeros } from '../../tensor/index.ts'
import {
  type FloatDType,
  type GraphNode,
  type Heard,
  isSequence,
  listeningToAll,
  type Plan,
  placeOutside,
  type SequenceCall,
} from '../../tensor/internal.ts'
import type { RecurrentKind } from '../gates/directions.ts'
import type { Attribute } from './graph.ts'

/** A node of ONNX that has the step of one of our layers. */
interface Standard {
  readonly kind: RecurrentKind
  readonly gates: number
  readonly options: object
  readonly attributes?: Readonly<Record<string, Attribute>>
}

const STANDARDS: readonly Standard[] = [
  { kind: 'LSTM', gates: 4, options: {} },
  { kind: 'LSTM', gates: 4, options: { peepholes: true } },
  { kind: 'GRU', gates: 3, options: {}, attributes: { linear_before_reset: 1 } },
  { kind: 'GRU', gates: 3, options: { resetAfter: false } },
  { kind: 'RNN', gates: 1, options: {} },
  {
    kind: 'RNN',
    gates: 1,
    options: { nonlinearity: 'relu' },
    attributes: { activations: ['Relu'] },
  },
].flatMap((one) => [one, { ...one, options: { ...one.options, bias: false } }] as Standard[])

const LAYERS = { RNN, GRU, LSTM } as unknown as Record<RecurrentKind, typeof LSTM>

/** A node of ONNX, and a state dict of the layer whose step it is. */
export interface Found {
  readonly kind: RecurrentKind
  readonly attributes: Readonly<Record<string, Attribute>>
  readonly state: Record<string, Tensor>
}

/** The node with this step, for these tensors in the places of its plan's; null without one. */
export function standardOf(plan: Plan, outside: readonly Tensor[]): Found | null {
  const [x, h] = plan.sources.map(({ width }) => width)
  const gates = (plan.products[0]?.width ?? 0) / h
  const own = textOf(plan)
  for (const { kind, options, attributes = {}, ...standard } of STANDARDS) {
    if (standard.gates !== gates) continue
    const layer = new LAYERS[kind](x, h, {
      ...options,
      dtype: plan.dtype,
      generator: new Generator(0),
    })
    const known = sequenceOf(layer, x, plan.dtype)
    if (textOf(known.plan) === own)
      return { kind, attributes, state: stateOf(layer.namedParameters(), known, outside) }
  }
  return null
}

/** A recurrence's call: its plan, its tensors from outside, and what was called before. */
interface Known {
  readonly plan: Plan
  readonly outside: readonly Tensor[]
  readonly calls: readonly Heard[]
}

function sequenceOf(layer: LSTM, D: number, dtype: FloatDType): Known {
  const run = () => noGrad(() => layer.forward(zeros([1, 1, D], { dtype })))
  const [, calls] = listeningToAll(run, () => {})
  const call = calls.find(({ rule }) => isSequence(rule)) as Heard & { attrs: SequenceCall }
  const { plan } = call.attrs.lowered
  return { plan, outside: call.inputs.slice(1 + plan.after.length), calls }
}

/** The nodes of a plan as text, with places for tensors. Equal steps have equal text. */
export function textOf({ nodes, recorded, outside, numbers, sources }: Plan): string {
  const places = new Map<Tensor, string>([[recorded.x, 'x']])
  recorded.before.forEach((t, k) => {
    places.set(t, `state ${k}`)
  })
  const placeOf = (...summed: readonly Tensor[]): string =>
    places.get(summed[0]) ??
    (numbers.has(summed[0])
      ? String(numbers.get(summed[0]))
      : `outside ${placeOutside(outside, summed)}`)
  const lines = nodes.map((node, i) => {
    const words = [node.kind, ...node.inputs.map((t) => placeOf(t)), ...wordsOf(node, placeOf)]
    places.set(node.out, `value ${i}`)
    return words.join(', ')
  })
  const after = recorded.after.map((t) => placeOf(t))
  return [...sources.map(({ width }) => width), ...lines, ...after].join('\n')
}

/** What a node says besides its inputs. */
function wordsOf(node: GraphNode, placeOf: (...summed: readonly Tensor[]) => string): unknown[] {
  if (node.kind === 'elements') return [node.rule.name, JSON.stringify(node.attrs)]
  if (node.kind === 'columns') return [node.from, node.out.shape[1]]
  if (node.kind !== 'product') return []
  const { weight, biases, transposed, onto } = node
  return [
    placeOf(weight),
    biases.length === 0 ? '' : placeOf(...biases),
    transposed,
    onto === undefined ? '' : placeOf(onto),
  ]
}

/**
 * A state dict with these tensors in the places of a known call's. A parameter that the step reads
 * in parts is put together again. A sum of biases stands for the first one.
 */
function stateOf(
  parameters: readonly (readonly [string, Tensor])[],
  known: Known,
  outside: readonly Tensor[],
): Record<string, Tensor> {
  const parts = new Map<string, [offset: number, part: Tensor][]>()
  known.outside.forEach((t, i) => {
    const sum = known.calls.find(({ out, rule }) => out === t && rule.name === 'add')
    const { storage, byteOffset } = sum?.inputs[0] ?? t
    const [name] = parameters.find(([, p]) => p.storage === storage) as [string, Tensor]
    parts.set(name, [...(parts.get(name) ?? []), [byteOffset, outside[i]]])
  })
  return Object.fromEntries(
    Array.from(parts, ([name, own]) => [
      name,
      cat(own.sort(([a], [b]) => a - b).map(([, part]) => part)),
    ]),
  )
}
