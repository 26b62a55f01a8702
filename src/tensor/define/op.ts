// Makes ops: each from one record with its forward and its derivative. A caller's forward sees
// numbers, that of a built-in op tensors.
// The ops themselves are in ops/.

import type { Rule, VjpCall } from '../../autograd/index.ts'
import { result } from '../core/blank.ts'
import { type DType, requireDType, requireFloat, requireSame } from '../core/dtype.ts'
import { shown, ValueError } from '../core/errors.ts'
import { runForward } from '../core/forward.ts'
import type { Described, Numbers } from '../core/numbers.ts'
import { requireDefinition } from '../core/require.ts'
import { requireShape, type Shape } from '../core/shape.ts'
import { requireTensor, type Tensor } from '../core/tensor.ts'
import type { Form } from './form.ts'
import type { BuiltIn } from './names.ts'
import { distinct, record } from './record.ts'

/**
 * The record of an op. `A` are its attributes. The inputs of one call share a dtype unless `dtype`
 * says otherwise. The forward of a caller's op sees `Numbers`, that of a built-in op tensors.
 */
export interface Op<A, Seen = Numbers> extends Rule<Tensor, A> {
  vjp: Required<Rule<Tensor, A>>['vjp']
  /** @internal The form of a built-in op that programs know. */
  form?: Form<A>
  /**
   * The result's shape; throws a ShapeError for inputs that do not fit. Default: the shape of the
   * first input.
   */
  shape?(inputs: readonly Described[], attrs: A): Shape
  /**
   * The result's dtype; throws a DTypeError for inputs that do not fit. Default: float inputs of
   * one dtype, and that dtype.
   */
  dtype?(inputs: readonly Described[], attrs: A): DType
  /**
   * Writes the result's numbers into `out`, which holds arbitrary ones. It computes with numbers:
   * an op or another maker of tensors throws a TapeError in it.
   */
  forward(out: Seen, inputs: readonly Seen[], attrs: A): void
}

/**
 * An op as a function of its inputs and attributes. Name this type where a derivative calls its own
 * op.
 */
export type OpCall<A = void> = (inputs: readonly Tensor[], attrs: A) => Tensor

/**
 * Makes a built-in op from its record. The op keeps the inputs and attributes of a call; the
 * `defineOp` for callers (define.ts) copies them.
 */
// @__NO_SIDE_EFFECTS__
export function defineOp<A = void>(op: BuiltIn<Op<A, Tensor>>): OpCall<A> {
  return callOf(op, (out, inputs, attrs) => op.forward(out, inputs, attrs), false)
}

const OPTIONAL = [
  'shape',
  'dtype',
  'addInto',
  'together',
  'describe',
  'replay',
  'recompute',
] as const

/** The op of a record, whose forward is run by `forward`. */
// @__NO_SIDE_EFFECTS__
export function callOf<A, Seen>(
  op: Op<A, Seen>,
  forward: Op<A, Tensor>['forward'],
  isNamedByCaller: boolean,
): OpCall<A> {
  const optional = OPTIONAL.filter((part) => op?.[part] !== undefined)
  const isRecord = typeof op === 'object' && op !== null && !Array.isArray(op)
  const name = isRecord ? op.name : 'the op'
  requireDefinition('defineOp', name, op, ['forward', 'vjp', ...optional])
  if (op.vjp.length > 2)
    throw new ValueError(
      `defineOp: expected vjp of ${op.name} to take two arguments, got ${op.vjp.length}: write ` +
        'vjp(g, { inputs: [x], y, attrs })',
    )
  const call: OpCall<A> = (inputs, attrs) => {
    if (!Array.isArray(inputs) || inputs.length === 0)
      throw new ValueError(`${op.name}: expected an array of input tensors, got ${shown(inputs)}`)
    for (const input of inputs) requireTensor(op.name, input)
    const dtype = op.dtype === undefined ? commonFloat(op.name, inputs) : op.dtype(inputs, attrs)
    const shape = op.shape === undefined ? inputs[0].shape : op.shape(inputs, attrs)
    requireDType(op.name, dtype)
    requireShape(op.name, shape)
    const out = result(op.shape === undefined ? shape : [...shape], dtype, op.name)
    // Moves every input in first: growing the memory later would detach views of it.
    for (const input of inputs) input.address()
    runForward(op.name, () => forward(out, inputs, attrs))
    return record(rule, inputs, attrs, out)
  }
  const vjp: Op<A>['vjp'] = (g, vjpCall) => {
    const inputs = distinct(vjpCall.inputs)
    const passed = inputs === vjpCall.inputs ? vjpCall : withInputs(vjpCall, inputs)
    const cotangents: unknown = op.vjp(g, passed)
    if (
      !Array.isArray(cotangents) ||
      cotangents.length !== inputs.length ||
      cotangents.includes(undefined)
    )
      throw new ValueError(
        `the derivative of ${op.name}: expected an array of ${inputs.length}, a tensor or null ` +
          `for each input, got ${shown(cotangents)}`,
      )
    return cotangents
  }
  const rule: Rule<Tensor, A> = { ...op, name, isNamedByCaller, vjp, replay: call }
  return call
}

/** The call with other nodes for its inputs, which are observed where its own inputs are. */
const withInputs = <A>(
  call: VjpCall<Tensor, A>,
  inputs: readonly Tensor[],
): VjpCall<Tensor, A> => ({
  ...call,
  inputs,
  isObserved: (t) => call.isObserved(call.inputs[inputs.indexOf(t)] ?? t),
})

function commonFloat(who: string, inputs: readonly Described[]): DType {
  const { dtype } = inputs[0] as Described
  requireFloat(who, dtype)
  for (const input of inputs) requireSame(who, dtype, input.dtype)
  return dtype
}
