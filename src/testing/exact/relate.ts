// Tells what the results of ops are made of: products, powers, sums and multiples, element by
// element. Signs are those of the floats, so that √x² is |x|.

import type { Tensor } from '../../tensor/index.ts'
import { type BuiltInOp, isFloat, type Span } from '../../tensor/internal.ts'
import * as array from './array.ts'
import type { Dual } from './dual.ts'
import { elementOf, type Field, fieldOf, isEqual, isNone, negInto, setNumber } from './field.ts'
import { floatsOf, type Site } from './ops/op.ts'

const POWERS: Partial<Record<BuiltInOp, readonly number[]>> = {
  mul: [1, 1],
  div: [1, -1],
  square: [2],
  reciprocal: [-1],
  sqrt: [0.5],
}
const MULTIPLES: Partial<Record<BuiltInOp, readonly number[]>> = {
  add: [1, 1],
  sub: [1, -1],
  neg: [-1],
}
/** Sums over more elements are taken as numbers of their own. */
const MOST = 64

/** The elements of an operand, in the places of the result. */
interface Operand {
  readonly value: (k: number) => Field
  /** With the sign of the float turned to +. */
  readonly size: (k: number) => Field
  /** The float, where the element is that number and no variable. */
  readonly constant: (k: number) => number | null
}

function operandOf(x: Dual, floats: ArrayLike<number>, { out }: Site): Operand {
  const places = array.placesOf(out.shape, array.stridesTo(x.v.shape, out.shape))
  const value = (k: number): Field => elementOf(x.v.numbers, places[k])
  const one = fieldOf(1)
  return {
    value,
    size: (k) => {
      const size = value(k)
      if (floats[places[k]] < 0) negInto(size, 0, size, 0)
      return size
    },
    constant: (k) => {
      setNumber(one, 0, floats[places[k]])
      return isEqual(one, 0, x.v.numbers, places[k]) ? floats[places[k]] : null
    },
  }
}

export function relate(op: BuiltInOp, inputs: readonly Dual[], y: Dual, site: Site): void {
  const { sums, products } = site.generators
  if (op !== 'sqrt') noteSizes(y, site.out, site)
  inputs.forEach((x, i) => {
    if (site.madeBy(site.tensors[i]) === null) noteSizes(x, site.tensors[i], site)
  })
  if (op === 'sum') relateSum(inputs[0], y, site)
  const powers = POWERS[op] ?? (op === 'pow' ? [1] : undefined)
  const multiples = MULTIPLES[op]
  if (powers === undefined && multiples === undefined) return
  const list = inputs.map((x, i) => operandOf(x, floatsOf(site.tensors[i]), site))
  const out = operandOf(y, floatsOf(site.out), site)
  for (let k = 0; k < y.v.numbers.length / 3; k++) {
    if (multiples !== undefined)
      sums.note(
        out.value(k),
        0,
        multiples.map((times, i) => ({ value: list[i].value(k), times })),
      )
    if (powers === undefined) continue
    const exponent = op === 'pow' ? list[1].constant(k) : 1
    if (exponent !== null)
      products.note(
        out.size(k),
        0,
        powers.map((times, i) => ({ value: list[i].size(k), times: times * exponent })),
      )
    if (op !== 'mul' && op !== 'div') continue
    const [a, b] = list.map(({ constant }) => constant(k))
    if (b !== null)
      sums.note(out.value(k), 0, [{ value: list[0].value(k), times: op === 'mul' ? b : 1 / b }])
    else if (a !== null && op === 'mul')
      sums.note(out.value(k), 0, [{ value: list[1].value(k), times: a }])
  }
}

/** Numbers with the signs of their floats turned to +. */
function noteSizes({ v }: Dual, t: Tensor, { generators }: Site): void {
  if (!isFloat(t.dtype)) return
  const floats = floatsOf(t)
  for (let k = 0; k < v.numbers.length / 3; k++) {
    if (!(Math.abs(floats[k]) > 0) || isNone(v.numbers, k)) continue
    const size = elementOf(v.numbers, k)
    if (floats[k] < 0) negInto(size, 0, size, 0)
    generators.sizes.note(size)
  }
}

function relateSum(x: Dual, y: Dual, { attrs, generators }: Site): void {
  const { outer, n, inner } = attrs as Span
  if (n > MOST) return
  for (let i = 0; i < outer * inner; i++) {
    const first = Math.floor(i / inner) * n * inner + (i % inner)
    const parts = Array.from({ length: n }, (_, k) => ({
      value: elementOf(x.v.numbers, first + k * inner),
      times: 1,
    }))
    generators.sums.note(y.v.numbers, i, parts)
  }
}
