// Which recorded op is to blame: each is run again by itself, on the inputs it was recorded with, and held to the same checks.

import type { Node } from '../../autograd/index.ts'
import { show, type Tensor } from '../../tensor/index.ts'
import { CheckError, digits, place } from '../report.ts'
import { Point } from './point.ts'

/** Above this many elements of an op's Jacobian one direction of it is looked at. */
const WHOLE = 4096

/** Every op recorded by one more run, the oldest first; none where the run itself is what fails. */
function tapeOf(point: Point): Node<Tensor>[] {
  const found = new Set<Node<Tensor>>()
  const stack = outputsOf(point).flatMap(({ node }) => node ?? [])
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.rule === null || found.has(node)) continue
    found.add(node)
    for (const input of node.inputs) if (input.node !== null) stack.push(input.node)
  }
  return [...found].sort((a, b) => a.id - b.id)
}

function outputsOf(point: Point): readonly Tensor[] {
  try {
    return point.run().outputs
  } catch {
    return []
  }
}

/**
 * The error with the name of the op that fails by itself, and how. The newest derivative is looked at first: its tape holds the ops and those of their derivatives;
 * then, to a higher order, the tapes it was derived from. `checkOp` throws a CheckError for an op that is wrong.
 */
export function culprit(error: CheckError, points: readonly Point[], checkOp: (op: Point, order: 1 | 2 | 3, large: boolean) => void): CheckError {
  const unexamined = new Set<string>()
  for (const order of [1, 2, 3] as const) {
    if (order > points.length) break
    for (const { rule, inputs, attrs, output } of tapeOf(points[points.length - order])) {
      const { name = '', replay } = rule ?? {}
      if (replay === undefined) {
        unexamined.add(name)
        continue
      }
      const moved = inputs.flatMap((x, i) => (x.node !== null && x.dtype === 'float64' ? [i] : []))
      const op = new Point((...xs) => replay(xs, attrs), inputs, moved, 'checkGradients')
      const large = op.at.reduce((n, numbers) => n + numbers.length, 0) * output.size > WHOLE
      try {
        checkOp(op, order, large)
      } catch (own) {
        if (!(own instanceof CheckError) || (own.check === 'smoothness') !== (error.check === 'smoothness')) continue
        return named(error, name, `the op ${name} of ${inputs.map(({ shape }) => show(shape)).join(', ')} ${fault(own, error)}`)
      }
    }
  }
  if (error.check !== 'derivative') return error
  if (unexamined.size > 0) return named(error, undefined, `every other recorded op is right by itself; ${[...unexamined].join(', ')} could not be examined`)
  return named(error, undefined, 'every recorded op is right by itself: look for detach(), noGrad(), and numbers read out of tensors')
}

/** How an op fails by itself, in the words of the error it explains. */
function fault(own: CheckError, error: CheckError): string {
  const at = own.input === undefined ? '' : ` at ${place('its input', own.input, own.index)}`
  if (own.check === 'derivative') return `is off by itself: expected ${digits(own.numeric as number)}, got ${digits(own.analytic as number)}${at}`
  return own.check === error.check ? `does so by itself${at}` : `fails by itself: ${own.message}`
}

const named = (error: CheckError, op: string | undefined, remedy: string): CheckError =>
  new CheckError(`${error.message}: ${remedy}`, { ...error, ...(op === undefined ? {} : { op }) }, { cause: error.cause })
