// What holds for the derivatives of any function: symmetry, agreement of every route to them,
// nesting, Euler's identity, transposes, and memory that stays flat.

import fc from 'fast-check'
import { cat, grad, hessian, hvp, jacobian, jvp, type Tensor, valueAndGrad, vjp } from 'tapegrad'
import { describe, expect, it, test } from 'vitest'
import { memory } from '../../src/kernels/engine.ts'
import {
  anyShape,
  Case,
  type Cases,
  type Plain,
  plain,
  positive,
  toTensor,
} from '../support/cases.ts'
import { weightsLike } from '../support/derivatives.ts'
import { expectClose, sixteenths } from '../support/numbers.ts'
import { d, numbersOf } from '../support/tensors.ts'
import { rows } from '../tensor/ops/registry.ts'
import {
  type Diamonds,
  diamonds,
  type Formula,
  homogeneous,
  type Polynomial,
  polynomials,
  smooth,
} from './functions.ts'
import { runs } from './runs.ts'

const scalar = (value: number): Tensor => d(value)
const dot = (a: Tensor, b: Tensor): number => {
  const other = numbersOf(b)
  return numbersOf(a).reduce((sum, x, i) => sum + x * (other[i] as number), 0)
}

/** A function with a point, of 1 to 3 elements. */
const pointed = (
  functions: (n: number) => fc.Arbitrary<Formula>,
  real = sixteenths(-2, 2),
): fc.Arbitrary<[Formula, Plain, Plain]> =>
  fc.integer({ min: 1, max: 3 }).chain((n) => fc.tuple(functions(n), plain([n], real), plain([n])))

describe('second derivatives', () => {
  it('the Hessian is symmetric', () => {
    fc.assert(
      fc.property(pointed(smooth), ([f, x]) => {
        const H = hessian(f.run, toTensor(x))
        expectClose(numbersOf(H.t()), numbersOf(H), 1e-12)
      }),
      runs(200),
    )
  })

  it('so are its blocks for two inputs, each the other’s transpose; together they make H·v', () => {
    fc.assert(
      fc.property(pointed(smooth), ([f, x, y]) => {
        const g = (a: Tensor, b: Tensor): Tensor => f.run(a.mul(b).add(b.sin()))
        const inputs = [toTensor(x), toTensor(y)]
        const [[xx, xy], [yx, yy]] = hessian(g, inputs) as [[Tensor, Tensor], [Tensor, Tensor]]
        expectClose(numbersOf(yx.t()), numbersOf(xy), 1e-12)
        const [v, w] = [weightsLike(xx.select(0, 0), 1), weightsLike(xx.select(0, 0), 2)]
        const rows = [xx.matmul(v).add(xy.matmul(w)), yx.matmul(v).add(yy.matmul(w))]
        expectClose(
          hvp(g, inputs, [v, w]).flatMap(numbersOf),
          rows.flatMap(numbersOf),
          1e-12,
          'H·v',
        )
      }),
      runs(200),
    )
  })

  it('times a vector by three routes and as a whole', () => {
    fc.assert(
      fc.property(pointed(smooth), ([f, at, along]) => {
        const [x, v] = [toTensor(at), toTensor(along)]
        const reverseOverReverse = numbersOf(hvp(f.run, x, v))
        const slope = (p: Tensor): Tensor => valueAndGrad(f.run, p).grad
        expectClose(numbersOf(jvp(slope, x, v).tangent), reverseOverReverse, 1e-12, 'jvp of grad')
        const directional = (p: Tensor): Tensor => jvp(f.run, p, v).tangent
        expectClose(
          numbersOf(valueAndGrad(directional, x).grad),
          reverseOverReverse,
          1e-12,
          'grad of jvp',
        )
        expectClose(numbersOf(hessian(f.run, x).matmul(v)), reverseOverReverse, 1e-12, 'H·v')
        expectClose(
          numbersOf(jacobian(slope, x)),
          numbersOf(hessian(f.run, x)),
          1e-12,
          'the Jacobian of the gradient',
        )
      }),
      runs(200),
    )
  })
})

/** df/dx of a function of one number, by each transform. */
const D: Record<string, (f: (x: Tensor) => Tensor, at: Tensor) => Tensor> = {
  grad: (f, at) => valueAndGrad(f, at).grad,
  vjp: (f, at) => vjp(f, at).pullback(scalar(1)),
  jvp: (f, at) => jvp(f, at, scalar(1)).tangent,
  jacobian: (f, at) => jacobian(f, at),
}
const names = Object.keys(D)
const nestings = names.flatMap((outer) => names.map((inner) => [outer, inner] as const))

describe('perturbation confusion', () => {
  it.each(nestings)('none in %s of %s', (outer, inner) => {
    const [dx, dy] = [D[outer] as typeof D.grad, D[inner] as typeof D.grad]
    const x = scalar(3)
    const c = scalar(5)
    expect(dx((x) => x.mul(dy((y) => x.add(y), c)), x).item()).toBe(1)
    expect(dx((x) => x.mul(dy((y) => x.add(y), x)), x).item()).toBe(1)
    expect(dx((x) => x.mul(dy((y) => x.mul(y), c)), x).item()).toBe(6)
    expect(dx((x) => x.mul(dy((y) => x.mul(y).mul(y), x)), x).item()).toBe(6 * 9)
    expect(dx((x) => dy((y) => dx((z) => x.mul(y).mul(z), y), x), x).item()).toBe(1)
    expect(dx((x) => dy(() => x.mul(x), x).add(x), x).item()).toBe(1)
  })

  it('nested three deep, equals the derivatives of polynomials worked out term by term', () => {
    const mode = fc.constantFrom(...names)
    fc.assert(
      fc.property(
        fc.tuple(mode, mode, mode),
        fc.tuple(
          polynomials(3, 2),
          polynomials(2, 1),
          polynomials(2, 1),
          polynomials(2, 2),
          polynomials(1, 2),
          polynomials(1, 1),
          polynomials(1, 3),
        ),
        sixteenths(-1.5, 1.5),
        ([outer, middle, inner], [p, g, a, b, h, c, e], at) => {
          const [dx, dy, dz] = [D[outer], D[middle], D[inner]] as [
            typeof D.grad,
            typeof D.grad,
            typeof D.grad,
          ]
          const innermost = (x: Tensor, y: Tensor): Tensor => dz((z) => p.run(x, y, z), g.run(x, y))
          const between = (x: Tensor): Tensor =>
            dy((y) => a.run(x, y).mul(innermost(x, y)).add(b.run(x, y)), h.run(x))
          const found = dx((x) => c.run(x).mul(between(x)).add(e.run(x)), scalar(at)).item()
          const I: Polynomial = p.by(2).with(2, g)
          const M: Polynomial = a.times(I).plus(b).by(1).with(1, h)
          expectClose([found], [c.times(M).plus(e).by(0).at(at)], 1e-10)
        },
      ),
      runs(400),
    )
  })
})

describe('Euler: for f(t·x) = tᵏ·f(x)', () => {
  const terms = (g: Tensor, x: Tensor): number =>
    numbersOf(g).reduce((sum, n, i) => sum + Math.abs(n * (numbersOf(x)[i] as number)), 1)

  it('⟨∇f, x⟩ = k·f and H·x = (k − 1)·∇f', () => {
    fc.assert(
      fc.property(pointed(homogeneous, positive), ([f, at]) => {
        const x = toTensor(at)
        const { value, grad: slope } = valueAndGrad(f.run, x)
        expect(
          Math.abs(dot(slope, x) - f.degree * value.item()) / terms(slope, x),
          'first order',
        ).toBeLessThan(1e-11)
        const Hx = hvp(f.run, x, x)
        const scale = Math.max(1, ...numbersOf(hessian(f.run, x).abs().matmul(x)))
        for (const [i, n] of numbersOf(Hx).entries())
          expect(
            Math.abs(n - (f.degree - 1) * (numbersOf(slope)[i] as number)) / scale,
            'second order',
          ).toBeLessThan(1e-10)
      }),
      runs(300),
    )
  })
})

/** Several results as one vector. */
const joined = (outputs: readonly Tensor[]): Tensor =>
  outputs.length === 1 ? (outputs[0] as Tensor) : cat(outputs.map((y) => y.flatten()))

/** Calls of an op as a function of input `which` alone. */
const inArgument =
  (cases: Cases, which: number): Cases =>
  (shapes) =>
    cases(shapes).map((c) => {
      const others = c.inputs.map((input) => toTensor(input))
      return new Case(`${c.call} by input ${which}`, [c.inputs[which] as Plain], (x) =>
        joined(c.run(others.with(which, x))),
      )
    })

const byName = new Map<string, Cases>(rows.map(([name, row]) => [name, row.cases]))
const rowOf = (name: string): Cases => byName.get(name) ?? expect.fail(`no row ${name}`)
const chosen: Cases = (shapes) =>
  shapes
    .chain((shape) => fc.tuple(plain(shape), plain(shape), plain(shape)))
    .map(
      ([condition, a, b]) =>
        new Case(`where([${condition.values}] > 0)`, [a, b], (x, y) =>
          x.where(toTensor(condition).gt(0), y),
        ),
    )

const moving = (
  't transpose permute reshape flatten squeeze unsqueeze broadcastTo slice select chunk flip ' +
  'indexSelect gather to clone cat stack'
).split(' ')
const linear: [string, Cases][] = [
  ...['sum', 'mean', 'add', 'sub', 'neg', ...moving].map((name): [string, Cases] => [
    name,
    rowOf(name),
  ]),
  ['matmul, left', inArgument(rowOf('matmul'), 0)],
  ['matmul, right', inArgument(rowOf('matmul'), 1)],
  ['mul, left', inArgument(rowOf('mul'), 0)],
  ['mul, right', inArgument(rowOf('mul'), 1)],
  ['div, left', inArgument(rowOf('div'), 0)],
  ['where', chosen],
]

describe('linear ops', () => {
  it.each(linear)('%s: its derivative forgets the point, and ⟨u, Av⟩ = ⟨Aᵀu, v⟩', (_, cases) => {
    fc.assert(
      fc.property(cases(anyShape), (c) => {
        const A = (...xs: Tensor[]): Tensor => joined(c.run(xs))
        const xs = c.inputs.map((input) => toTensor(input))
        const vs = xs.map((x, i) => weightsLike(x, 7 + i))
        const { value, pullback } = vjp(A, xs)
        const u = weightsLike(value, 3)
        const transposed = pullback(u)
        for (const [i, g] of vjp(A, vs).pullback(u).entries())
          expect(numbersOf(g), 'elsewhere').toEqual(numbersOf(transposed[i] as Tensor))
        const Av = A(...vs)
        expectClose(numbersOf(jvp(A, xs, vs).tangent), numbersOf(Av), 1e-12, 'Av by jvp')
        const right = transposed.reduce((sum, g, i) => sum + dot(g, vs[i] as Tensor), 0)
        expectClose([dot(u, Av)], [right], 1e-12, '⟨u, Av⟩')
      }),
      runs(200),
    )
  })
})

describe('graphs', () => {
  it('diamonds: a derivative is the sum over every path', () => {
    fc.assert(
      fc.property(diamonds, sixteenths(-2, 2), sixteenths(-2, 2), (graph: Diamonds, a, b) => {
        const { grad: found } = valueAndGrad((x, y) => graph.run([x, y]), [scalar(a), scalar(b)])
        const paths = [0, 1].map((input) => graph.sumOverPaths([a, b], input))
        expectClose(
          found.map((g) => g.item()),
          paths,
          1e-12,
        )
        const { tangent } = jvp(
          (x, y) => graph.run([x, y]),
          [scalar(a), scalar(b)],
          [scalar(2), scalar(-3)],
        )
        expectClose(
          [tangent.item()],
          [2 * (paths[0] as number) - 3 * (paths[1] as number)],
          1e-12,
          'forward',
        )
      }),
      runs(300),
    )
  })

  it('walked twice, add exactly double, and grad() gives the same twice', () => {
    fc.assert(
      fc.property(pointed(smooth), ([f, at, other]) => {
        const [x, w] = [toTensor(at, 'float64', true), toTensor(other, 'float64', true)]
        const y = f.run(x.mul(w).add(x))
        y.backward(null, { retainGraph: true })
        const once = [x, w].map((leaf) => numbersOf(leaf.grad as Tensor))
        const again = grad(y, [x, w], { retainGraph: true, allowUnused: true }).map(numbersOf)
        expect(again).toEqual(once)
        y.backward()
        expect([x, w].map((leaf) => numbersOf(leaf.grad as Tensor))).toEqual(
          once.map((g) => g.map((n) => 2 * n)),
        )
      }),
      runs(200),
    )
  })
})

describe('10⁴ calls in one synchronous loop keep memory flat', () => {
  const MIB = 2 ** 20
  const x = d([0.5, -0.25])
  /** Through 32 KiB of intermediate results: kept, those of 5,000 calls are 160 MiB. */
  const f = (p: Tensor): Tensor => p.unsqueeze(1).broadcastTo([2, 1024]).square().mean()
  const vector = (p: Tensor): Tensor => p.unsqueeze(1).broadcastTo([2, 1024]).square().sum(1)
  const calls: Record<string, () => Tensor> = {
    valueAndGrad: () => valueAndGrad(f, x).grad,
    vjp: () => vjp(vector, x).pullback(x),
    jvp: () => jvp(vector, x, x).tangent,
    jacobian: () => jacobian(vector, x),
    hessian: () => hessian(f, x),
    hvp: () => hvp(f, x, x),
  }

  test.each(Object.entries(calls))('%s', (_, call) => {
    const resident = (): number => process.memoryUsage().rss / MIB
    let [settled, reached] = [0, 0]
    for (let i = 0; i < 10_000; i++) {
      call()
      if (i === 5000) [settled, reached] = [resident(), memory.buffer.byteLength]
    }
    expect(resident() - settled, 'MiB resident gained').toBeLessThan(100)
    expect(
      (memory.buffer.byteLength - reached) / MIB,
      'MiB of WebAssembly memory gained',
    ).toBeLessThan(32)
    expect(memory.buffer.byteLength / MIB, 'MiB of WebAssembly memory').toBeLessThan(256)
  })
})
