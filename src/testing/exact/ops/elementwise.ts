// The elementwise ops of one tensor in the field.

import type { Tensor } from '../../../tensor/index.ts'
import * as array from '../array.ts'
import {
  add,
  chained,
  chosen,
  constant,
  type Dual,
  inverse,
  mul,
  neg,
  number,
  sub,
} from '../dual.ts'
import { compared, type Definition, noteSides, type Site, sideOf } from './op.ts'

const one = number(1)

/** eˣ, whatever x was computed from. */
export function exp(x: Dual, site: Site, of = site.tensors[0]): Dual {
  explain(x, site, of)
  const y = site.generators.exp(x.v)
  return chained(x, y, () => y)
}

/**
 * Tells the generators of eᵃ⁻ᵇ where x is a difference, and they could not know: b is a logarithm;
 * or they relate all sums.
 */
function explain(x: Dual, site: Site, of: Tensor): void {
  const { generators } = site
  const made = site.madeBy(of)
  if (made === null || !['sub', 'add'].includes(made.op)) return
  const [a, b] = made.inputs.map((t) => array.broadcast(site.valueOf(t).v, x.v.shape))
  if (generators.isRelated)
    made.inputs.forEach((t) => {
      explain(site.valueOf(t), site, t)
    })
  const n = x.v.numbers.length / 3
  const wanted = Array.from({ length: n }, (_, k) => k).filter(
    (k) => !generators.knowsExp(x.v, k) && (generators.isRelated || generators.isLogarithm(b, k)),
  )
  if (wanted.length === 0) return
  const [v, from, by] = [x.v, a, b].map((t) => array.read(t, [wanted.length], wanted))
  const power = generators.exp(by)
  const factor = made.op === 'sub' ? array.inverse(power) : power
  generators.noteExp(v, array.mul(generators.exp(from), factor))
}

export function log(x: Dual, { generators }: Site): Dual {
  return chained(x, generators.log(x.v), () => array.inverse(x.v))
}

export function sqrt(x: Dual, { generators }: Site): Dual {
  const y = generators.sqrt(x.v)
  return chained(x, y, () => array.inverse(array.add(y, y)))
}

function sigmoid(x: Dual, { generators }: Site): Dual {
  const y = generators.sigmoid(x.v)
  return chained(x, y, () => array.mul(y, array.sub(one.v, y)))
}

/** −1, 0 or 1 for each element of an input. */
function signs(inputs: readonly Dual[], site: Site, i: number, bound = 0, first = 0): Int8Array {
  const { shape } = site.tensors[i]
  const [a, b] = [sideOf(site, inputs, i), { exact: number(bound), shape: [], floats: [bound] }]
  return noteSides(site, shape, compared(site, shape, a, b), a, b, first)
}

const signed = (list: Int8Array, x: Dual): Dual => constant(array.constant(x.v.shape, list))

function clamp(inputs: readonly Dual[], site: Site): Dual {
  const [x] = inputs
  const { min, max } = site.attrs as { min: number; max: number }
  const bounded = (y: Dual, bound: number, outside: number): Dual => {
    const list = signs(inputs, site, 0, bound, outside < 0 ? 0 : x.v.numbers.length)
    return chosen(x.v.shape, number(bound), y, (k) => list[k] === outside)
  }
  return bounded(bounded(x, min, -1), max, 1)
}

export const elementwise = {
  neg: ([x]) => neg(x),
  abs: (inputs, site) => mul(inputs[0], signed(signs(inputs, site, 0), inputs[0])),
  sign: (inputs, site) => signed(signs(inputs, site, 0), inputs[0]),
  exp: ([x], site) => exp(x, site),
  log: ([x], site) => log(x, site),
  log1p: ([x], site) => log(add(x, one), site),
  sqrt: ([x], site) => sqrt(x, site),
  square: ([x]) => mul(x, x),
  reciprocal: ([x]) => inverse(x),
  sin: ([x], { generators }) => chained(x, generators.sin(x.v), () => generators.cos(x.v)),
  cos: ([x], { generators }) =>
    chained(x, generators.cos(x.v), () => array.neg(generators.sin(x.v))),
  tanh: ([x], { generators }) => {
    const y = generators.tanh(x.v)
    return chained(x, y, () => array.sub(one.v, array.mul(y, y)))
  },
  sigmoid: ([x], site) => sigmoid(x, site),
  relu: (inputs, site) => {
    const list = signs(inputs, site, 0)
    return chosen(inputs[0].v.shape, inputs[0], number(0), (k) => list[k] > 0)
  },
  softplus: ([x], site) => {
    const y = log(add(constant(site.generators.exp(x.v)), one), site)
    return chained(x, y.v, () => site.generators.sigmoid(x.v))
  },
  clamp,
  tanhGrad: ([g, y]) => mul(g, sub(one, mul(y, y))),
  sigmoidGrad: ([g, y]) => mul(g, mul(y, sub(one, y))),
  reluGrad: (inputs, site) => {
    const list = signs(inputs, site, 1)
    return chosen(inputs[1].v.shape, inputs[0], number(0), (k) => list[k] > 0)
  },
} satisfies Record<string, Definition>
