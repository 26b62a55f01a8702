// softmax, logarithms of sums, and cross-entropy in the field: by the exponentials of their rows.

import type { Tensor } from '../../../tensor/index.ts'
import { sizeOf, type Weighted } from '../../../tensor/internal.ts'
import * as array from '../array.ts'
import { add, chosen, constant, type Dual, div, linear, mul, neg, sub, sumLast } from '../dual.ts'
import { exp, log } from './elementwise.ts'
import { type Definition, floatsOf, type Site } from './op.ts'

const unsqueezed = (x: Dual): Dual => linear(x, (a) => array.reshaped(a, [...a.shape, 1]))
const squeezed = (x: Dual): Dual => linear(x, (a) => array.reshaped(a, a.shape.slice(0, -1)))

const softmax = (x: Dual, site: Site, of: Tensor): Dual => {
  const e = exp(x, site, of)
  const sums = sumLast(e)
  const y = div(e, sums)
  site.generators.noteQuotients(y.v, e.v, sums.v)
  return y
}

const logSumExp = (x: Dual, site: Site): Dual => log(sumLast(exp(x, site)), site)

function logSoftmax([x]: readonly Dual[], site: Site): Dual {
  const y = sub(x, logSumExp(x, site))
  site.generators.noteExp(y.v, softmax(constant(x.v), site, site.tensors[0]).v)
  return y
}

/** 1 at the target of each row (R, V), and whether the row counts. */
function hits(site: Site, classes: number) {
  const { targets, weights } = site.attrs as Weighted
  const [at, w] = [floatsOf(targets), floatsOf(weights)]
  const oneHot = new Float64Array(at.length * classes)
  at.forEach((target, row) => {
    oneHot[row * classes + target] = 1
  })
  return {
    oneHot: constant(array.constant([at.length, classes], oneHot)),
    weights: constant(array.constant([at.length, 1], w)),
    counts: (row: number) => w[row] !== 0,
  }
}

export const rows = {
  logSumExp: ([x], site) => squeezed(logSumExp(x, site)),
  softmax: ([x], site) => softmax(x, site, site.tensors[0]),
  logSoftmax,
  crossEntropy: ([x], site) => {
    const { oneHot, weights, counts } = hits(site, x.v.shape[1])
    const losses = mul(weights, sub(logSumExp(x, site), sumLast(mul(x, oneHot))))
    const shape = losses.v.shape.slice(0, 1)
    return chosen(shape, squeezed(losses), constant(array.zeros([])), counts)
  },
  softmaxGrad: ([g, y]) => mul(y, sub(g, sumLast(mul(g, y)))),
  logSoftmaxGrad: ([g, y], site) => sub(g, mul(exp(y, site, site.tensors[1]), sumLast(g))),
  crossEntropyGrad: ([g, x], site) => {
    const { shape } = x.v
    const { oneHot, weights, counts } = hits(site, shape[1])
    const p = add(softmax(x, site, site.tensors[1]), neg(oneHot))
    const slope = mul(mul(unsqueezed(g), weights), p)
    const width = sizeOf(shape.slice(1))
    return chosen(shape, slope, constant(array.zeros([])), (k) => counts(Math.floor(k / width)))
  },
} satisfies Record<string, Definition>
