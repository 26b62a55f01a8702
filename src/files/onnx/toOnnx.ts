// toOnnx: a function of tensors as an ONNX model. trace.ts hears what it does, rows.ts has the ops
// in ONNX's words.

import { type Shape, type Tensor, ValueError } from '../../tensor/index.ts'
import {
  builtInOp,
  isSequence,
  requireDType,
  requireFunction,
  requireOptions,
  type StridedView,
  sameShape,
  shown,
} from '../../tensor/internal.ts'
import { Call, Written } from './calls.ts'
import { Graph, valueInfo } from './graph.ts'
import { recurrence, type StateRows } from './recurrence.ts'
import { rows } from './rows.ts'
import {
  type Calls,
  dependingOn,
  type OnnxInput,
  operandsOf,
  type Traced,
  traced,
} from './trace.ts'

const who = 'toOnnx'

/** What goes into the model, and what comes out. */
export interface OnnxOptions {
  /**
   * The inputs by their names, in the order of the function's arguments. An axis with a name may
   * have any size when the model runs, and axes with the same name have the same.
   */
  readonly inputs: Readonly<Record<string, OnnxInput>>
  /** The names of the results, in the order in which the function returns them. */
  readonly outputs: readonly string[]
}

/**
 * The bytes of an ONNX model (opset 17) that computes what `fn` computes.
 *
 * The function is run, with numbers of its own, and what it calls is written down, so any `forward`
 * can be exported. RNN, GRU and LSTM are nodes of that name where ONNX has their like, other cells
 * in float32 and all in float64 are a Scan of their step. What does not depend on an input is
 * computed before and stored, parameters among it. A size that follows from named axes is computed
 * where the model runs. The runs have sizes from 1 to 67: what a function does beyond them alone,
 * as `x.slice(0, 0, Math.min(T, 100))` does, is not seen. NaN is what the model's runtime makes
 * of it.
 *
 * Throws a ValueError for a function that draws random numbers, as in training, that changes or
 * reads numbers besides by ops, or whose ops depend on the sizes of named axes; for an op that ONNX
 * has not, such as one made by `unary`; for an input on which no result depends. An export that
 * throws has written nothing.
 *
 * ```ts
 * const model = new Linear(8, 3)
 * const bytes = toOnnx((x) => model.forward(x).softmax(), {
 *   inputs: { x: { shape: ['N', 8] } },
 *   outputs: ['probabilities'],
 * })
 * bytes.length // for onnxruntime: InferenceSession.create(bytes)
 * ```
 */
export function toOnnx(fn: Traced, options: OnnxOptions): Uint8Array<ArrayBuffer> {
  requireFunction(who, 'a function of the inputs, as (x) => model.forward(x)', fn)
  const { inputs: given, outputs } = requireOptions(who, options, ['inputs', 'outputs'])
  const inputs = requireInputs(given)
  requireNames(outputs, inputs)
  const trace = traced(fn, inputs)
  if (trace.outputs.length !== outputs.length)
    throw new ValueError(
      `${who}: expected a name for each of ${trace.outputs.length} results, got ${shown(outputs)}`,
    )
  const graph = new Graph()
  const written = new Written(graph, trace.sizes)
  const names = [...inputs.keys()]
  trace.inputs.forEach(([t], i) => {
    written.name(t, names[i])
  })
  requireUsed(names, trace)
  const sequences = new Map<Tensor, StateRows[]>()
  for (const call of trace.calls) write(written, call, sequences)
  trace.outputs.forEach((t, i) => {
    graph.rename(written.nameOf(t), outputs[i])
  })
  return graph.model(
    names.map((name, i) =>
      valueInfo(name, trace.inputs[i][0].dtype, written.shape(shapesOf(trace.inputs[i]))),
    ),
    outputs.map((name, i) =>
      valueInfo(name, trace.outputs[i][0].dtype, written.sizes(shapesOf(trace.outputs[i]))),
    ),
  )
}

const shapesOf = (runs: readonly Tensor[]): Shape[] => runs.map(({ shape }) => shape)

/** Writes a call, if it depends on inputs or on sizes. */
function write(written: Written, runs: Calls, sequences: Map<Tensor, StateRows[]>): void {
  const [first] = runs
  const { rule, inputs, out } = first
  written.begin(first)
  const isLive = operandsOf(first).some((t) => written.isWritten(t) || sequences.has(t))
  const isSized = runs.some((call) => !sameShape(call.out.shape, out.shape))
  if (!isLive && !isSized) return
  if (isSequence(rule)) {
    sequences.set(out, recurrence(written, runs))
    return
  }
  const parts = sequences.get(inputs[0])
  if (parts !== undefined) {
    written.name(out, rowsOf(written, runs, parts))
    return
  }
  const op = builtInOp(rule)
  const row =
    op === null ? { refused: "which a caller has made: write it with the library's ops" } : rows[op]
  if ('refused' in row)
    throw new ValueError(`${who}: expected ops that ONNX has, got ${rule.name}, ${row.refused}`)
  written.name(out, row(written.graph, new Call<never>(written, runs)))
}

/** The rows that a call reads of a recurrence's result. */
function rowsOf(written: Written, runs: Calls, parts: readonly StateRows[]): string {
  const found = parts.find(({ at, rows, width }) =>
    runs.every(({ attrs, out }, run) => {
      const { offset } = attrs as StridedView
      return offset === at[run] && out.size === rows[run] * width
    }),
  )
  if (found === undefined)
    throw new ValueError(`${who}: expected whole states of a recurrence, got a part of one`)
  const { rank } = runs[0].out
  return rank === 2
    ? found.name
    : written.graph.emit('Reshape', [found.name, written.graph.ints([-1])])
}

/** The name of an axis. In other signs ONNX reads a computed size. */
const AXIS = /^[A-Za-z_]\w*$/

const isRange = (range: unknown): boolean =>
  Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0] <= range[1]

/** The inputs in order. Throws a ValueError for what is none. */
function requireInputs(given: unknown): ReadonlyMap<string, OnnxInput> {
  const isRecord = typeof given === 'object' && given !== null && !Array.isArray(given)
  if (!isRecord || Object.keys(given).length === 0)
    throw new ValueError(
      `${who}: expected inputs by name, as { x: { shape: ['N', 8] } }, got ${shown(given)}`,
    )
  const inputs = new Map(Object.entries(given as Record<string, OnnxInput>))
  for (const [name, input] of inputs) {
    requireName(name, 'an input')
    // An object has its whole numbers before all other names.
    if (/^\d+$/.test(name))
      throw new ValueError(`${who}: expected a name for an input, got ${shown(name)}, a number`)
    const what = `${who}: inputs.${name}`
    const {
      shape,
      dtype = 'float32',
      range,
    } = requireOptions(what, input, ['shape', 'dtype', 'range'])
    requireDType(what, dtype)
    if (range !== undefined && !isRange(range))
      throw new ValueError(
        `${what}: expected range to be [least, greatest], two numbers, got ${shown(range)}`,
      )
    const isSize = (n: unknown): boolean =>
      typeof n === 'string' ? AXIS.test(n) : Number.isInteger(n) && (n as number) > 0
    if (!Array.isArray(shape) || !shape.every(isSize))
      throw new ValueError(
        `${who}: expected inputs.${name}.shape to be a list of sizes, each a whole number above ` +
          `0 or the name of an axis, a word, got ${shown(shape)}`,
      )
  }
  return inputs
}

/** The graph's own names begin with this sign. */
function requireName(name: unknown, what: string): void {
  if (typeof name !== 'string' || name === '' || name.startsWith('#'))
    throw new ValueError(
      `${who}: expected a name for ${what}, not empty and without # in front, got ${shown(name)}`,
    )
}

function requireNames(outputs: unknown, inputs: ReadonlyMap<string, OnnxInput>): void {
  if (!Array.isArray(outputs))
    throw new ValueError(
      `${who}: expected outputs to be a list of names, as ['y'], got ${shown(outputs)}`,
    )
  for (const [i, name] of outputs.entries()) {
    requireName(name, 'an output')
    if (inputs.has(name) || outputs.indexOf(name) < i)
      throw new ValueError(
        `${who}: expected a name of its own for each output, got ${shown(name)}, which ` +
          `${inputs.has(name) ? 'an input' : 'another'} has`,
      )
  }
}

/** Throws a ValueError for an input on which no result depends. */
function requireUsed(
  names: readonly string[],
  { inputs, outputs, calls }: ReturnType<typeof traced>,
): void {
  const firsts = calls.map(([first]) => first)
  inputs.forEach(([input], i) => {
    const live = dependingOn([input], firsts)
    if (!outputs.some(([t]) => live.has(t)))
      throw new ValueError(
        `${who}: expected every input to be used, got ${names[i]}, on which no result depends: ` +
          'leave it out',
      )
  })
}
