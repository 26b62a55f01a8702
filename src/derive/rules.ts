// How each built-in op is written: a term of its inputs. One row for each; a missing one does not
// compile.

import type { Shape, Tensor } from '../tensor/index.ts'
import {
  type BuiltInOp,
  type Heard,
  type PickedElements,
  type ScatterTo,
  type Span,
  type StridedView,
  sizeOf,
  type Weighted,
} from '../tensor/internal.ts'
import type { Rows } from './rows.ts'
import type { Relation, Term } from './term.ts'
import { read, scattered, spread } from './views.ts'

/** A call of an op: its inputs as terms, and what it was given besides. */
export interface Written extends Pick<Heard, 'inputs' | 'out'> {
  readonly attrs: unknown
  readonly terms: Rows
  readonly args: readonly Term[]
  /** A tensor from outside, as a term. */
  given(t: Tensor): Term
}
export type PrintRule = (call: Written) => Term

const fn =
  (name: string): PrintRule =>
  ({ terms, args }) =>
    terms.fn(name, args[0])
const relation =
  (name: Relation): PrintRule =>
  ({ terms, args: [a, b] }) =>
    terms.compare(name, a, b)
const same: PrintRule = ({ args }) => args[0]
/** A function of whole tensors with the attributes as they are. */
const pair =
  (name: string): PrintRule =>
  ({ terms, args, out }) =>
    terms.call(name, args, [], out.shape, (axis) => dimOf(args, out.shape, axis))

const dimOf = (args: readonly Term[], shape: Shape, axis: number) =>
  args
    .map(({ dims }) => dims[axis - shape.length + dims.length])
    .find((dim) => dim !== undefined && dim.size === shape[axis])

const view: PrintRule = ({ terms, args: [x], attrs }) => read(terms, x, attrs as StridedView)

/** The neighbouring axes that a span covers. */
const axesOf = ({ first, last }: Span): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)

/** The same numbers in their first shape. */
function unshaped(x: Term): Term {
  const { op, args } = x.op === 'ref' ? x.args[0] : x
  return op === 'reshape' ? unshaped(args[0]) : x
}

const reduction =
  (name: 'sum' | 'max' | 'min'): PrintRule =>
  ({ terms, args, attrs }) => {
    const span = attrs as Span
    if (span.n === sizeOf(args[0].shape) && args[0].shape.length > 0) {
      const x = unshaped(args[0])
      const all = x.shape.map((_, axis) => axis)
      return terms.reshape(terms.reduce(name, x, all, false), span.shape)
    }
    const [x] = args
    const axes = axesOf(span)
    const keep = axes.length > 0 && span.shape.length === x.shape.length
    return terms.reshape(terms.reduce(name, x, axes, keep), span.shape)
  }

/** A function of rows: its last axis is not cut. */
const ofRows =
  (name: string): PrintRule =>
  ({ terms, args: [x] }) =>
    terms.call(name, [x], [], x.shape, (i) => x.dims[i])

/** g ⊙ y and its sum along each row. */
function dot(terms: Rows, a: Term): Term {
  return terms.reduce('sum', a, [a.shape.length - 1], true)
}

const column = (terms: Rows, x: Term): Term => terms.reshape(x, [...x.shape, 1])
/** 1 at each row's target, else 0. */
const hits = ({ terms, given, attrs }: Written, { shape, dims }: Term): Term => {
  const targets = given((attrs as Weighted).targets)
  targets.dims[0].unify(dims[0])
  return terms.call('onehot', [targets, terms.size(dims[1])], [], shape, (i) => dims[i])
}

type Places = ScatterTo<Tensor | PickedElements>

export const RULES: Readonly<Record<BuiltInOp, PrintRule>> = {
  neg: ({ terms, args }) => terms.product(args, -1),
  abs: fn('abs'),
  sign: fn('sign'),
  exp: fn('exp'),
  log: fn('log'),
  log1p: ({ terms, args: [x] }) => terms.fn('log', terms.add(terms.number(1), x)),
  sqrt: fn('sqrt'),
  square: ({ terms, args: [x] }) => terms.power(x, 2),
  reciprocal: ({ terms, args: [x] }) => terms.inverse(x),
  sin: fn('sin'),
  cos: fn('cos'),
  tanh: fn('tanh'),
  sigmoid: fn('σ'),
  relu: fn('relu'),
  softplus: fn('softplus'),
  clamp: ({ terms, args: [x], attrs }) => {
    const { min, max } = attrs as { min: number; max: number }
    return terms.call('clamp', [x], [min, max], x.shape, (i) => x.dims[i])
  },
  add: ({ terms, args: [a, b] }) => terms.add(a, b),
  sub: ({ terms, args: [a, b] }) =>
    terms.sum([
      [1, a],
      [-1, b],
    ]),
  mul: ({ terms, args: [a, b] }) => terms.mul(a, b),
  div: ({ terms, args: [a, b] }) => terms.divided(a, b),
  pow: ({ terms, args: [a, b] }) => terms.power(a, b),
  maximum: pair('max'),
  minimum: pair('min'),
  eq: relation('='),
  ne: relation('≠'),
  lt: relation('<'),
  le: relation('≤'),
  gt: relation('>'),
  ge: relation('≥'),
  where: ({ terms, args: [c, a, b] }) => terms.choose(c, a, b),
  sum: reduction('sum'),
  max: reduction('max'),
  min: reduction('min'),
  argmax: ({ terms, args: [x], attrs }) => {
    const span = attrs as Span
    return terms.call('argmax', [x], [axesOf(span)], span.shape)
  },
  logSumExp: ({ terms, args: [x] }) =>
    terms.fn('log', terms.reduce('sum', terms.fn('exp', x), [x.shape.length - 1], false)),
  softmax: ofRows('softmax'),
  logSoftmax: ({ terms, args: [x] }) =>
    terms.fn(
      'log',
      terms.call('softmax', [x], [], x.shape, (i) => x.dims[i]),
    ),
  crossEntropy: (call) => {
    const { terms, args, given, attrs } = call
    const [logits] = args
    const p = terms.call('softmax', [logits], [], logits.shape, (i) => logits.dims[i])
    const picked = terms.reduce(
      'sum',
      terms.mul(hits(call, logits), terms.fn('log', p)),
      [1],
      false,
    )
    return terms.product([given((attrs as Weighted).weights), picked], -1)
  },
  matmul: ({ terms, args: [a, b] }) => terms.matmul(a, b),
  affine: ({ terms, args: [x, weight, bias] }) => {
    const product = terms.matmul(x, terms.transpose(weight))
    return bias === undefined ? product : terms.add(product, bias)
  },
  t: ({ terms, args: [x] }) => terms.transpose(x),
  permute: view,
  reshape: ({ terms, args: [x], attrs }) => {
    const { shape } = attrs as StridedView
    return spread(terms, x, shape) ?? terms.reshape(x, shape)
  },
  broadcastTo: ({ terms, args: [x], attrs }) => terms.fit(x, (attrs as StridedView).shape),
  slice: view,
  select: view,
  flip: view,
  cat: ({ terms, args, attrs }) => terms.cat(args, attrs as number),
  stack: ({ terms, args, attrs }) => terms.stack(args, attrs as number),
  indexSelect: ({ terms, args: [table], attrs, given, out }) => {
    const { index } = attrs as { index: Tensor }
    return terms.call('rows', [table, given(index)], [], out.shape, (i) =>
      i < index.rank ? undefined : table.dims[i - index.rank + 1],
    )
  },
  gather: ({ terms, args: [x], attrs, given, out }) => {
    const { index, axis } = attrs as { index: Tensor; axis: number }
    return terms.call('gather', [x, given(index)], [axis], out.shape)
  },
  to: ({ terms, args: [x], attrs }) => (attrs === 'int32' ? terms.fn('trunc', x) : x),
  clone: same,
  input: same,
  // What no gradient goes through is a constant anyway.
  detach: ({ terms, args: [x], inputs: [t] }) => (t.node === null ? x : terms.fn('stop', x)),
  tanhGrad: ({ terms, args: [g, y] }) => terms.mul(g, terms.complement(terms.power(y, 2))),
  sigmoidGrad: ({ terms, args: [g, y] }) => terms.mul(g, y, terms.complement(y)),
  reluGrad: ({ terms, args: [g, y] }) => terms.mul(g, terms.compare('>', y, terms.number(0))),
  softmaxGrad: ({ terms, args: [g, y] }) =>
    terms.mul(
      y,
      terms.sum([
        [1, g],
        [-1, dot(terms, terms.mul(g, y))],
      ]),
    ),
  logSoftmaxGrad: ({ terms, args: [g, y] }) =>
    terms.sum([
      [1, g],
      [-1, terms.mul(terms.fn('exp', y), dot(terms, g))],
    ]),
  crossEntropyGrad: (call) => {
    const { terms, args, given, attrs } = call
    const [g, logits] = args
    const p = terms.call('softmax', [logits], [], logits.shape, (i) => logits.dims[i])
    const off = terms.sum([
      [1, p],
      [-1, hits(call, logits)],
    ])
    const weights = given((attrs as Weighted).weights)
    return terms.mul(column(terms, terms.mul(g, weights)), off)
  },
  asStridedScatter: ({ terms, args, attrs }) => {
    const { places, shape } = attrs as { places: readonly StridedView[]; shape: Shape }
    return terms.add(...args.map((g, i) => scattered(terms, g, places[i], shape)))
  },
  read: view,
  scatterRows: ({ terms, args, attrs, given }) => {
    const { places, shape } = attrs as Places
    return terms.add(
      ...args.map((g, i) =>
        terms.call('scatterRows', [g, given(places[i] as Tensor)], [shape[0]], shape),
      ),
    )
  },
  scatter: ({ terms, args, attrs, given }) => {
    const { places, shape } = attrs as Places
    return terms.add(
      ...args.map((g, i) => {
        const { index, axis } = places[i] as { index: Tensor; axis: number }
        return terms.call('scatter', [g, given(index)], [axis, shape], shape)
      }),
    )
  },
}
