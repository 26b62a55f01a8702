// What holds for the derivatives of any function: symmetry, agreement of every route to them,
// nesting, and Euler's identity.

import fc from 'fast-check'
import { hessian, hvp, jacobian, jvp, type Tensor, valueAndGrad, vjp } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { positive, toTensor } from '../support/cases.ts'
import { weightsLike } from '../support/derivatives.ts'
import { expectClose, sixteenths } from '../support/numbers.ts'
import { numbersOf } from '../support/tensors.ts'
import { homogeneous, type Polynomial, polynomials, smooth } from './functions.ts'
import { dot, pointed, scalar } from './numbers.ts'
import { runs } from './runs.ts'

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
