// The errors for a derivative that is wrong and for one that is undecided, in words and fields;
// examine.ts compares.

import { brief, CheckError, digits, place, type Report, relativeError } from '../report.ts'
import type { Slope } from './differences.ts'

/** The elements that a derivative is of and by. */
export interface Where {
  readonly order: number
  /** The input element; null for a random direction of the inputs. */
  readonly at: Report['at']
  /** The output element; null for a random sum of the outputs. */
  readonly output: { which: number; index: readonly number[] } | null
}

/** The derivative, in words. */
const named = ({ at, output }: Where): string => {
  const of =
    output === null ? 'a random sum of the outputs' : place('output', output.which, output.index)
  return (
    `of ${of} by ` +
    `${at === null ? 'a random direction of the inputs' : place('input', at.input, at.index)}`
  )
}

const fieldsOf = ({ order, at, output }: Where) => ({
  ...at,
  order,
  ...(output === null ? {} : { output: output.which, outputIndex: output.index }),
})

const derivative = (order: number): string =>
  `the derivative${order === 1 ? '' : ` of order ${order}`}`

/** The error for a wrong derivative, or for none where fn is not differentiable. */
export function wrongDerivative(
  who: string,
  analytic: number,
  { value: numeric, trouble }: Slope,
  where: Where,
): CheckError {
  const { order } = where
  if (trouble !== null) {
    const what = order === 1 ? 'fn' : `the derivative of order ${order - 1}`
    return new CheckError(
      `${who}: expected ${what} to be differentiable at the inputs, got a kink, a jump or an ` +
        `edge ${named(where)}: ${trouble}`,
      { check: 'smoothness', ...fieldsOf(where) },
    )
  }
  const error = relativeError(analytic, numeric)
  return new CheckError(
    `${who}: expected ${derivative(order)} ${named(where)} to be ${digits(numeric)} by ` +
      `differences, got ${digits(analytic)} by the tape (relative error ${brief(error)})`,
    { check: 'derivative', analytic, numeric, relativeError: error, ...fieldsOf(where) },
  )
}

/** The estimate by differences where it leaves a derivative undecided, the reason, the remedy. */
export function undecidedEstimate(
  analytic: number,
  { value, bound, step }: Slope,
  rtol: number,
): string {
  const looser =
    10 ** Math.ceil(Math.log10((2 * bound) / Math.max(Math.abs(analytic), Math.abs(value))))
  const remedy = looser < 0.1 ? `, or pass { rtol: ${brief(looser)} }` : ''
  return (
    `${digits(value)} ± ${brief(bound)} at the best step, ${brief(step)}, which is not known to ` +
    `${rtol} of itself: undecided, rounding hides it: leave large constants out of fn, take ` +
    `other inputs${remedy}`
  )
}

/** The error for an undecided derivative. */
export function undecidedDerivative(
  who: string,
  analytic: number,
  slope: Slope,
  where: Where,
  rtol: number,
): CheckError {
  const estimate = undecidedEstimate(analytic, slope, rtol)
  return new CheckError(
    `${who}: expected differences to decide ${derivative(where.order)} ${named(where)}, ` +
      `${digits(analytic)} by the tape, got ${estimate}; { atol } passes over smaller ones`,
    {
      check: 'undecided',
      analytic,
      numeric: slope.value,
      relativeError: relativeError(analytic, slope.value),
      ...fieldsOf(where),
    },
  )
}
