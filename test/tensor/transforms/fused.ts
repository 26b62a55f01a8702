// What the tests of fuse share: random functions of elementwise ops, arguments of random shapes, and
// the comparison with the same function op by op.

import fc from 'fast-check'
import { binary, fuse, grad, type Tensor, unary, where } from 'tapegrad'
import { expect } from 'vitest'
import { expectClose } from '../../support/numbers.ts'
import { gridded, numbersOf } from '../../support/tensors.ts'

export type Function_ = (...xs: Tensor[]) => Tensor

export const cubed = unary('cubed', {
  f: (x) => x ** 3,
  vjp: (g, _, x) => g.mul(x.square()).mul(3),
})
export const scaled = unary<number>('scaled', {
  f: (x, by) => x * by,
  vjp: (g, _y, _x, by) => g.mul(by),
})
export const distance = binary('distance', {
  f: (a, b) => Math.sqrt(a * a + b * b + 1),
  vjp: [(g, y, a) => g.mul(a).div(y), (g, y, _a, b) => g.mul(b).div(y)],
})

/** Steps that keep numbers within reason. */
const steps: ((a: Tensor, b: Tensor, k: number) => Tensor)[] = [
  (a) => a.neg(),
  (a) => a.abs(),
  (a) => a.sign().mul(a),
  (a) => a.tanh().exp(),
  (a) => a.square().add(1).log(),
  (a) => a.square().add(0.5).sqrt(),
  (a) => a.square().add(1).reciprocal(),
  (a) => a.tanh(),
  (a) => a.sigmoid(),
  (a) => a.relu(),
  (a, b) => a.add(b),
  (a, b) => a.sub(b),
  (a, b) => a.tanh().mul(b),
  (a, b) => a.div(b.square().add(1)),
  (a, b) => a.maximum(b),
  (a, b) => a.minimum(b.mul(2)),
  (a, b) => where(a.lt(b), a, b.neg()),
  (a, b) => where(a.ge(0.25), 1.5, b),
  (a, b, k) => where(b.le(k), a, k),
  (a, b) => where(a.eq(b), a, b.mul(b.where(a.ne(a), 0.5))),
  (a, b) => where(a.gt(b), a.sin(), b.cos()),
  (a, _, k) => a.clamp(-0.5, 0.5 + k / 2),
  (a) => a.square().log1p(),
  (a) => a.softplus(),
  (a) => a.square().add(1).pow(0.75),
  (a) => a.tanh().pow(3),
  (a) => cubed(a.tanh()),
  (a, _, k) => scaled(a, k),
  (a, b) => distance(a, b).sub(1),
  (a, _, k) => a.mul(k).add(-0),
]

interface Step {
  op: number
  a: number
  b: number
  k: number
}

/** A function of these steps, each of results before it; all arguments play a part. */
export const composed =
  (list: readonly Step[]): Function_ =>
  (...xs) => {
    const values = xs.filter(({ dtype }) => dtype !== 'bool')
    const conditions = xs.filter(({ dtype }) => dtype === 'bool')
    const known = [...values]
    const at = (i: number): Tensor => known[i % known.length] as Tensor
    for (const { op, a, b, k } of list)
      known.push((steps[op] as (typeof steps)[number])(at(a), at(b), k / 4))
    let y = known.at(-1) as Tensor
    for (const x of values) y = y.add(x.mul(0.125))
    for (const c of conditions) y = where(c, y, y.mul(0.75))
    return y
  }

export const lists = fc.array(
  fc.record({
    op: fc.nat(steps.length - 1),
    a: fc.nat(20),
    b: fc.nat(20),
    k: fc.integer({ min: -5, max: 5 }),
  }),
  { minLength: 1, maxLength: 9 },
)

/** Shapes that broadcast to one, and whether each tensor of two axes is a transpose. */
export const shapes = fc
  .oneof(
    { weight: 6, arbitrary: fc.array(fc.constantFrom(1, 2, 3, 5, 7), { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.constantFrom([0], [3, 0], [0, 4, 2]) },
    {
      weight: 4,
      arbitrary: fc.constantFrom([1023], [1025], [2051], [3, 33], [2, 1031], [33, 40], [5, 1, 45]),
    },
  )
  .chain((shape) =>
    fc.record({
      shapes: fc.array(
        fc
          .tuple(fc.nat(4), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
          .map(([dropped, kept]) =>
            shape.map((n, i) => (kept[i] ? n : 1)).slice(Math.min(dropped, shape.length)),
          ),
        { minLength: 0, maxLength: 2 },
      ),
      first: fc.constant(shape),
      transposed: fc.boolean(),
    }),
  )
  .map(({ shapes: others, first, transposed }) => ({ shapes: [first, ...others], transposed }))

/** Arguments: leaves, of which those in `bools` are conditions. */
export function argumentsOf(
  shapes_: readonly (readonly number[])[],
  { dtype = 'float64', transposed = false, bools = [] as readonly number[], seed = 0 } = {},
): { leaves: Tensor[]; inputs: Tensor[] } {
  const leaves = shapes_.map((shape, i) => {
    const isTurned = transposed && shape.length === 2
    const stored = isTurned ? [...shape].reverse() : [...shape]
    const numbers = gridded(stored, seed + 3 * i, dtype as 'float64').add(i / 64)
    const t = bools.includes(i) ? numbers.gt(0) : numbers.clone().detach()
    if (!bools.includes(i)) t.requiresGrad = true
    return t
  })
  const inputs = leaves.map((t, i) =>
    transposed && shapes_[i]?.length === 2 ? (t as Tensor<[number, number]>).t() : t,
  )
  return { leaves, inputs }
}

/** Value, and derivatives: of a plain pass, of a recorded one, and of that one's squares. */
export function orders(f: Function_, make: () => { leaves: Tensor[]; inputs: Tensor[] }) {
  const { leaves, inputs } = make()
  const targets = leaves.filter((t) => t.requiresGrad)
  const y = f(...inputs)
  const g = gridded(y.shape, 77, y.dtype)
  g.requiresGrad = true
  const first = grad(y, targets, { gradOutputs: g.detach(), retainGraph: true }) as Tensor[]
  const recorded = grad(y, targets, { gradOutputs: g, createGraph: true }) as Tensor[]
  const sum = recorded.map((t) => t.square().sum()).reduce((a, b) => a.add(b))
  const second = grad(sum, [...targets, g], { allowUnused: true }) as Tensor[]
  return {
    shape: y.shape,
    value: numbersOf(y),
    derivatives: [...first, ...recorded, ...second].map(numbersOf),
  }
}

export function expectSame(
  f: Function_,
  make: () => { leaves: Tensor[]; inputs: Tensor[] },
  close = 1e-12,
) {
  const [fused, plain] = [orders(fuse(f), make), orders(f, make)]
  expect(fused.shape).toEqual(plain.shape)
  expect(fused.value).toEqual(plain.value)
  expectClose(fused.derivatives, plain.derivatives, close)
}
