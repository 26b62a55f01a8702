// The culprit of a failure: each recorded op is run again by itself, on the inputs it was recorded
// with, and held to the same checks; the checks are those of gradients.ts.

import type { Node } from '../../autograd/index.ts'
import type { Tensor } from '../../tensor/index.ts'
import { fingerprint, labelled, show } from '../../tensor/internal.ts'
import { CheckError, digits, place } from '../report.ts'
import { Point, type Run, tapeOf } from './point.ts'

/** An op with a larger Jacobian is checked along one direction only. */
const WHOLE = 4096

/** The relative displacement of inputs that shows numbers read out of tensors. */
const SHIFT = 2 ** -10

/** Holds an op to the checks of a function. Throws a CheckError where one fails. */
export type CheckOp = (op: Point, order: 1 | 2 | 3, large: boolean) => void

/** One more run; no outputs where the run itself throws. */
function runOf(point: Point): Pick<Run, 'outputs'> {
  try {
    return point.run()
  } catch {
    return { outputs: [] }
  }
}

/** The failure of an op by itself: null for none, undefined where it cannot be examined. */
function faultOf(
  { rule, inputs, attrs, output }: Node<Tensor>,
  order: 1 | 2 | 3,
  checkOp: CheckOp,
): CheckError | null | undefined {
  const { replay } = rule ?? {}
  if (replay === undefined) return undefined
  const moved = inputs.flatMap((x, i) => (x.node !== null && x.dtype === 'float64' ? [i] : []))
  const op = new Point((...xs) => replay(xs, attrs), inputs, moved, 'checkGradients')
  const large = op.at.reduce((n, numbers) => n + numbers.length, 0) * output.size > WHOLE
  try {
    checkOp(op, order, large)
    return null
  } catch (own) {
    return own instanceof CheckError ? own : undefined
  }
}

/**
 * The error, with the name and the failure of the op that fails by itself. The tape of the newest
 * derivative comes first, with the ops and those of their derivatives; then, to a higher order, the
 * tapes that it was derived from. `checkOp` throws a CheckError for an op that is wrong.
 */
export function culprit(error: CheckError, points: readonly Point[], checkOp: CheckOp): CheckError {
  if (error.check === 'nothing') return error
  const unexamined = new Set<string>()
  for (const order of [1, 2, 3] as const) {
    if (order > points.length) break
    for (const node of tapeOf(runOf(points[points.length - order]))) {
      const name = node.rule?.name ?? ''
      const own = faultOf(node, order, checkOp)
      if (own === undefined) unexamined.add(name)
      else if (own?.check === 'undecided') unexamined.add(name)
      else if (own && (own.check === 'smoothness') === (error.check === 'smoothness'))
        return named(error, own, node)
    }
  }
  if (error.check !== 'derivative') return error
  if (unexamined.size > 0)
    return remedied(
      error,
      `every other recorded op is right by itself; ${[...unexamined].join(', ')} could not be ` +
        'examined',
    )
  const newest = points[points.length - 1]
  const remedy = isRecorded(newest, tapeOf(newest.run()))
    ? ', and fn does nothing else: the backward pass does not compose them'
    : ': look for detach(), noGrad(), and numbers read out of tensors'
  return remedied(error, `every recorded op is right by itself${remedy}`)
}

/**
 * Whether an undecided derivative is right by the chain rule: everything that fn does from its
 * inputs to its outputs is on the tape, and each op there holds by itself.
 */
export function holdsByParts(point: Point, checkOp: CheckOp): boolean {
  const nodes = tapeOf(point.run())
  return nodes.every((node) => faultOf(node, 1, checkOp) === null) && isRecorded(point, nodes)
}

/**
 * Whether everything that fn does is on the tape: from displaced inputs it records the same ops, on
 * the same constants, so it reads no numbers out of its inputs.
 */
function isRecorded(point: Point, nodes: readonly Node<Tensor>[]): boolean {
  const there = point.run(
    point.at.map((numbers) =>
      numbers.map((x, k) => x + (Math.abs(x) + SHIFT) * SHIFT * (1 + (k % 7))),
    ),
  )
  const [here, again] = [nodes, tapeOf(there)].map((ops) => fingerprint(ops, ({ attrs }) => attrs))
  return here.length === again.length && here.every((op, k) => op === again[k])
}

/** The failure of an op by itself, in the words of the error that it explains. */
function fault(own: CheckError, error: CheckError): string {
  const at = own.input === undefined ? '' : ` at ${place('its input', own.input, own.index)}`
  if (own.check === 'derivative')
    return (
      `is off by itself: expected ${digits(own.numeric as number)}, got ` +
      `${digits(own.analytic as number)}${at}`
    )
  return own.check === error.check ? `does so by itself${at}` : `fails by itself: ${own.message}`
}

/**
 * The error, with the op that explains it. A wrong op turns an undecided error into a wrong one.
 */
function named(
  error: CheckError,
  own: CheckError,
  { rule, inputs, output }: Node<Tensor>,
): CheckError {
  const op = rule?.name ?? ''
  const check = error.check === 'undecided' ? own.check : error.check
  const message =
    `${error.message}: the op ${op}${labelled(output)} of ` +
    `${inputs.map(({ shape }) => show(shape)).join(', ')} ${fault(own, error)}`
  return new CheckError(message, { ...error, check, op }, { cause: error.cause })
}

const remedied = (error: CheckError, remedy: string): CheckError =>
  new CheckError(`${error.message}: ${remedy}`, { ...error }, { cause: error.cause })
