// How a random program calls each differentiable op of Tensor: where the op is differentiable, or
// with the numbers that must stay away from 0. Programs are composed in programs.ts.

import type { Shape } from '../../tensor/index.ts'
import {
  axisOf,
  binary,
  broadcasts,
  type Choices,
  extreme,
  type Form,
  guarded,
  kinked,
  last,
  on,
  type ProgramValue,
  positive,
  ranked,
  reduction,
  shaped,
  unary,
} from './steps.ts'

/** Indices into an axis of n places, some of them repeated. */
const indices = (size: number, n: number, choose: Choices): number[] => {
  const [from, by] = [choose.pick(n), choose.pick(n)]
  return Array.from({ length: size }, (_, i) => (from + i * by) % n)
}

/** Steps that join two or three values. */
const joining =
  (name: 'cat' | 'stack', fits: (a: Shape, b: Shape, axis: number) => boolean): Form =>
  (choose) => {
    const a = choose.value(ranked(name === 'cat' ? 1 : 0))
    if (a === null) return null
    const axis = name === 'cat' ? axisOf(a.shape, choose) : choose.pick(a.shape.length + 1)
    const others = Array.from(
      { length: 1 + choose.pick(2) },
      () => choose.value((b) => fits(a.shape, b.shape, axis)) ?? a,
    )
    return { operands: [a, ...others], apply: (all, use) => use[name](all, axis) }
  }
const equal = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i])

const matmul: Form = (choose) => {
  const a = choose.value(ranked(1))
  if (a === null) return null
  const inner = last(a.shape)
  const stacks = (b: ProgramValue): boolean =>
    broadcasts(a.shape.slice(0, -2), b.shape.slice(0, -2))
  const b =
    choose.value(
      (x) => ranked(1)(x) && [last(x.shape), x.shape.at(-2)].includes(inner) && stacks(x),
    ) ?? a
  const fits = b.shape.length === 1 ? last(b.shape) === inner : b.shape.at(-2) === inner
  return { operands: [a, b], apply: ([x, y]) => x.matmul(fits ? y : y.transpose(-2, -1)) }
}

const choosing: Form = (choose) => {
  const [test, a] = [choose.value(), choose.value()]
  const b =
    test &&
    a &&
    choose.value((x) => broadcasts(a.shape, x.shape) && broadcasts(test.shape, x.shape))
  if (test === null || a === null || b === null || !broadcasts(test.shape, a.shape)) return null
  const comparison = choose.of(['gt', 'lt', 'ge', 'le', 'ne', 'eq'] as const)
  const asMethod = choose.pick(2) === 1
  return {
    operands: [test, a, b],
    apply: ([t, x, y], use) =>
      asMethod ? x.where(t[comparison](0.3), y) : use.where(t[comparison](0.3), x, y),
    kinks: ([t]) => t.sub(0.3),
  }
}

const pow: Form = (choose) => {
  const a = choose.value()
  if (a === null) return null
  const b =
    positive(a) && choose.pick(2) === 1 ? choose.value((x) => broadcasts(a.shape, x.shape)) : null
  if (b !== null) return { operands: [a, b], apply: ([x, y]) => x.pow(y) }
  const exponent = choose.of(positive(a) ? [2, 3, 0.5, -1, 1.5, 0] : [2, 3, 1, 0])
  return { operands: [a], apply: ([x]) => x.pow(exponent) }
}

export const forms = {
  neg: unary((x) => x.neg()),
  abs: kinked((x) => x.abs()),
  sign: kinked((x) => x.sign()),
  exp: unary((x) => x.exp()),
  log: guarded((x) => x.log()),
  log1p: guarded((x) => x.log1p()),
  sqrt: guarded((x) => x.sqrt()),
  square: unary((x) => x.square()),
  reciprocal: guarded((x) => x.reciprocal()),
  sin: unary((x) => x.sin()),
  cos: unary((x) => x.cos()),
  tanh: unary((x) => x.tanh()),
  sigmoid: unary((x) => x.sigmoid()),
  relu: kinked((x) => x.relu()),
  softplus: unary((x) => x.softplus()),
  clamp: on(ranked(0), (_, choose) => {
    const [min, max] = choose.of<[number?, number?]>([[-0.7, 0.7], [-0.7], [undefined, 0.7]])
    return {
      apply: ([x]) => x.clamp(min, max),
      kinks: ([x]) =>
        min === undefined ? x.sub(0.7) : max === undefined ? x.add(0.7) : x.abs().sub(0.7),
    }
  }),
  add: binary((a, b) => a.add(b), [0.5, -1.25]),
  sub: binary((a, b) => a.sub(b), [0.5, -1.25]),
  mul: binary((a, b) => a.mul(b), [0.5, -1.5]),
  div: (choose) => {
    const a = choose.value()
    const b = a && choose.value((x) => broadcasts(a.shape, x.shape))
    return (
      a &&
      b && { operands: [a, b], apply: ([x, y]) => x.div(positive(b) ? y : y.square().add(0.5)) }
    )
  },
  pow,
  maximum: binary(
    (a, b) => a.maximum(b),
    [0.3],
    (a, b) => a.sub(b),
  ),
  minimum: binary(
    (a, b) => a.minimum(b),
    [0.3],
    (a, b) => a.sub(b),
  ),
  where: choosing,
  sum: reduction((x, axes, keep) => x.sum(axes, keep)),
  mean: reduction((x, axes, keep) => x.mean(axes, keep)),
  max: extreme('max'),
  min: extreme('min'),
  logSumExp: reduction((x, axes, keep) => x.logSumExp(axes, keep)),
  sumTo: shaped(1, (shape, choose) => {
    const to = shape.map((n) => choose.of([n, 1])).slice(choose.pick(2))
    return (x) => x.sumTo(to)
  }),
  softmax: shaped(1, (shape, choose) => {
    const axis = axisOf(shape, choose)
    return (x) => x.softmax(axis)
  }),
  logSoftmax: shaped(1, (shape, choose) => {
    const axis = axisOf(shape, choose)
    return (x) => x.logSoftmax(axis)
  }),
  matmul,
  t: on(
    ({ shape }) => shape.length === 2,
    () => ({ apply: ([x]) => x.t() }),
  ),
  transpose: shaped(2, (shape, choose) => {
    const [a, b] = [axisOf(shape, choose), axisOf(shape, choose)]
    return (x) => x.transpose(a, b)
  }),
  permute: shaped(2, (shape, choose) => {
    const axes = shape.map((_, i) => i).reverse()
    const turn = choose.pick(shape.length)
    const order = [...axes.slice(turn), ...axes.slice(0, turn)]
    return (x) => x.permute(order)
  }),
  reshape: shaped(0, (shape, choose) => {
    const to = choose.of([[-1], [1, ...shape], [...shape, 1], [...shape].reverse()])
    return (x) => x.reshape(to)
  }),
  flatten: shaped(2, (shape, choose) => {
    const start = choose.pick(shape.length - 1)
    return (x) => x.flatten(start, -1)
  }),
  squeeze: on(
    ({ shape }) => shape.includes(1),
    () => ({ apply: ([x]) => x.squeeze() }),
  ),
  unsqueeze: shaped(0, (shape, choose) => {
    const axis = choose.pick(shape.length + 1)
    return (x) => x.unsqueeze(axis)
  }),
  broadcastTo: shaped(0, (shape, choose) => {
    const wide = shape.map((n) => (n === 1 ? choose.of([1, 3]) : n))
    const to = choose.of([[2, ...wide], wide])
    return (x) => x.broadcastTo(to)
  }),
  slice: shaped(1, (shape, choose) => {
    const axis = axisOf(shape, choose)
    const n = shape.at(axis) as number
    const start = choose.pick(n)
    const [end, step] = [n - choose.pick(n - start), choose.of([undefined, 2])]
    return (x) => x.slice(axis, start, end, step)
  }),
  select: shaped(1, (shape, choose) => {
    const axis = axisOf(shape, choose)
    const at = choose.pick(shape.at(axis) as number)
    return (x) => x.select(axis, at)
  }),
  chunk: shaped(1, (shape, choose) => {
    const axis = axisOf(shape, choose)
    const last =
      Math.ceil(
        (shape.at(axis) as number) / Math.max(1, Math.ceil((shape.at(axis) as number) / 2)),
      ) - 1
    const which = choose.pick(last + 1)
    return (x) => x.chunk(2, axis)[which]
  }),
  flip: shaped(1, (shape, choose) => {
    const axis = axisOf(shape, choose)
    return (x) => x.flip(axis)
  }),
  indexSelect: on(ranked(1), ({ shape }, choose) => {
    const axis = axisOf(shape, choose)
    const list = indices(2 + choose.pick(2), shape.at(axis) as number, choose)
    const index = choose.pick(3) === 2 ? [list, [...list].reverse()] : list
    return { apply: ([x], use) => x.indexSelect(axis, use.tensor(index, { dtype: 'int32' })) }
  }),
  gather: on(ranked(1), ({ shape }, choose) => {
    const axis = choose.pick(shape.length)
    const at = shape.with(axis, 1 + choose.pick(3))
    const list = indices(
      at.reduce((a, b) => a * b, 1),
      shape[axis],
      choose,
    )
    return {
      apply: ([x], use) =>
        x.gather(axis, use.tensor(list, { ...(at.length > 1 && { shape: at }), dtype: 'int32' })),
    }
  }),
  cat: joining(
    'cat',
    (a, b, axis) => b.length === a.length && equal(a.with(axis, 0), b.with(axis, 0)),
  ),
  stack: joining('stack', equal),
  clone: unary((x) => x.clone()),
} satisfies Record<string, Form>

/** The name of a differentiable op of Tensor, or of `where`, `cat` and `stack`. */
export type ProgramOp = keyof typeof forms
