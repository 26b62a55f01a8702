// How a derivative that differs, or that differences cannot tell, is described. What is compared is
// examine.ts.

import { brief, CheckError, digits, place, relativeError } from '../report.ts'
import type { Slope } from './differences.ts'

/**
 * Where a derivative stands: null for a random direction of the inputs, or a random sum of the
 * outputs.
 */
export interface Where {
  readonly order: number
  readonly at: { input: number; index: readonly number[] } | null
  readonly output: { which: number; index: readonly number[] } | null
}

/** Which derivative it is, in words. */
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

/** What is wrong, in words and fields. */
export function failure(
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
      {
        check: 'smoothness',
        ...fieldsOf(where),
      },
    )
  }
  const error = relativeError(analytic, numeric)
  return new CheckError(
    `${who}: expected ${derivative(order)} ${named(where)} to be ${digits(numeric)} by ` +
      `differences, got ${digits(analytic)} by the tape (relative error ${brief(error)})`,
    { check: 'derivative', analytic, numeric, relativeError: error, ...fieldsOf(where) },
  )
}

/** What differences say where they cannot tell, why that is, and what to do. */
export function hidden(analytic: number, { value, bound, step }: Slope, rtol: number): string {
  const looser =
    10 ** Math.ceil(Math.log10((2 * bound) / Math.max(Math.abs(analytic), Math.abs(value))))
  const remedy = looser < 0.1 ? `, or pass { rtol: ${brief(looser)} }` : ''
  return (
    `${digits(value)} ± ${brief(bound)} at the best step, ${brief(step)}, which is not known to ` +
    `${rtol} of itself: undecided, rounding hides it: leave large constants out of fn, take ` +
    `other inputs${remedy}`
  )
}

/** What differences cannot tell. */
export function unknown(
  who: string,
  analytic: number,
  slope: Slope,
  where: Where,
  rtol: number,
): CheckError {
  return new CheckError(
    `${who}: expected differences to tell ${derivative(where.order)} ${named(where)}, ` +
      `${digits(analytic)} by the tape, got ${hidden(analytic, slope, rtol)}; { atol } passes ` +
      'over smaller ones',
    {
      check: 'undecided',
      analytic,
      numeric: slope.value,
      relativeError: relativeError(analytic, slope.value),
      ...fieldsOf(where),
    },
  )
}
