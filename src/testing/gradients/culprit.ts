// Which recorded op is to blame: each is run again by itself, on the inputs it was recorded with,
// and held to the same checks.

import type { Node } from '../../autograd/index.ts'
import type { Tensor } from '../../tensor/index.ts'
import { fingerprint, show } from '../../tensor/internal.ts'
import { CheckError, digits, place } from '../report.ts'
import { Point, type Run, tapeOf } from './point.ts'

/** Above this many elements of an op's Jacobian one direction of it is looked at. */
const WHOLE = 4096

/**
 * How far inputs are displaced, relative to themselves, to see what is read behind the tape's back.
 */
const SHIFT = 2 ** -10

/** Holds an op to the checks of a function. Throws a CheckError where one fails. */
export type CheckOp = (op: Point, order: 1 | 2 | 3, large: boolean) => void

/** One more run; none of its outputs where the run itself is what fails. */
function runOf(point: Point): Pick<Run, 'outputs'> {
  try {
    return point.run()
  } catch {
    return { outputs: [] }
  }
}

/** What an op fails by itself, null where nothing, undefined where it cannot be told. */
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
 * The error with the name of the op that fails by itself, and how. The newest derivative is looked
 * at first: its tape holds the ops and those of their derivatives; then, to a higher order, the
 * tapes it was derived from. `checkOp` throws a CheckError for an op that is wrong.
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
    ? ', and they are all that fn does: the walk back does not put them together'
    : ': look for detach(), noGrad(), and numbers read out of tensors'
  return remedied(error, `every recorded op is right by itself${remedy}`)
}

/**
 * Whether a derivative that differences cannot tell is right by the chain rule: all that fn does
 * from its inputs to its outputs is on the tape, and each op there holds by itself.
 */
export function holdsByParts(point: Point, checkOp: CheckOp): boolean {
  const nodes = tapeOf(point.run())
  return nodes.every((node) => faultOf(node, 1, checkOp) === null) && isRecorded(point, nodes)
}

/**
 * Whether all that fn does is on the tape: from displaced inputs it records the same ops, on the
 * same constants, so that it reads no numbers of its inputs behind the tape's back.
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

/** How an op fails by itself, in the words of the error it explains. */
function fault(own: CheckError, error: CheckError): string {
  const at = own.input === undefined ? '' : ` at ${place('its input', own.input, own.index)}`
  if (own.check === 'derivative')
    return (
      `is off by itself: expected ${digits(own.numeric as number)}, got ` +
      `${digits(own.analytic as number)}${at}`
    )
  return own.check === error.check ? `does so by itself${at}` : `fails by itself: ${own.message}`
}

/** The error, with the op that explains it; an op that is wrong makes what was undecided wrong. */
function named(error: CheckError, own: CheckError, { rule, inputs }: Node<Tensor>): CheckError {
  const op = rule?.name ?? ''
  const check = error.check === 'undecided' ? own.check : error.check
  const message =
    `${error.message}: the op ${op} of ${inputs.map(({ shape }) => show(shape)).join(', ')} ` +
    `${fault(own, error)}`
  return new CheckError(message, { ...error, check, op }, { cause: error.cause })
}

const remedied = (error: CheckError, remedy: string): CheckError =>
  new CheckError(`${error.message}: ${remedy}`, { ...error }, { cause: error.cause })
