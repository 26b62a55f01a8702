// Ops and functions with one planted bug each, and by which law each must be rejected. Nothing is
// tested here.

import { binary, defineOp, randn, unary, where } from 'tapegrad'
import { amid, copyOf, cubic, d, fill, matrix, type Plant, pair, row, squares } from './plant.ts'

export const plants: Record<string, Plant> = {
  'a wrong sign': {
    check: 'derivative',
    op: 'signless',
    fn: amid(unary('signless', { f: Math.cos, vjp: (g, _, x) => g.mul(x.sin()) })),
    inputs: row,
  },
  'a missing factor': {
    check: 'derivative',
    op: 'cube',
    fn: amid(cubic('cube', (g, x) => g.mul(x.square()))),
    inputs: row,
  },
  'a factor wrong by a part in 10,000': {
    check: 'derivative',
    op: 'nearly',
    fn: amid(cubic('nearly', (g, x) => g.mul(x.square()).mul(3.0003))),
    inputs: row,
  },
  'one element wrong': {
    check: 'derivative',
    op: 'oneWrong',
    fn: amid(cubic('oneWrong', (g, x) => g.mul(x.square()).mul(d([3, 3.01, 3])))),
    inputs: row,
  },
  'operands exchanged': {
    check: 'derivative',
    op: 'hypot',
    fn: () =>
      binary('hypot', {
        f: Math.hypot,
        vjp: [(g, y, _, b) => g.mul(b).div(y), (g, y, a) => g.mul(a).div(y)],
      }),
    inputs: squares,
  },
  'one operand forgotten': {
    check: 'derivative',
    op: 'half',
    fn: () => (a, b) =>
      defineOp({
        name: 'half',
        forward: (out, [x, y]) => fill(out, (k) => x.data[k] * y.data[k]),
        vjp: (g, { inputs: [, y] }) => [g.mul(y), null],
      })([a, b]),
    inputs: squares,
  },
  'no sum over the broadcast axis': {
    check: 'shape',
    op: 'addRow',
    fn: () => (a, b) =>
      defineOp({
        name: 'addRow',
        forward: (out, [x, y]) => fill(out, (k) => x.data[k] + y.data[k % 2]),
        vjp: (g) => [g, g],
      })([a, b]),
    inputs: pair,
  },
  'a transpose left out': {
    check: 'derivative',
    op: 'product',
    fn: () => (a, b) =>
      defineOp({
        name: 'product',
        forward: (out, [x, y]) => {
          for (const i of [0, 1])
            for (const j of [0, 1])
              out.data[2 * i + j] = x.data[2 * i] * y.data[j] + x.data[2 * i + 1] * y.data[2 + j]
        },
        vjp: (g, { inputs: [x, y] }) => [g.matmul(y), x.t().matmul(g)],
      })([a, b]),
    inputs: squares,
  },
  'the cotangent ignored': {
    check: 'linear',
    op: 'deaf',
    fn: amid(cubic('deaf', (_, x) => x.square().mul(3))),
    inputs: row,
  },
  'the cotangent squared': {
    check: 'linear',
    op: 'loud',
    fn: amid(cubic('loud', (g, x) => g.square().mul(x.square()).mul(3))),
    inputs: row,
  },
  'an input changed by the forward': {
    check: 'mutation',
    op: 'greedy',
    fn: () => (x) =>
      copyOf(
        'greedy',
        (g) => g,
        (numbers) => numbers.set([numbers[1] + 1], 1),
      )([x]),
    inputs: row,
  },
  'an input changed by the derivative': {
    check: 'mutation',
    op: 'vandal',
    fn: () => (x) =>
      copyOf('vandal', (g, input) => {
        input.elements().fill(0, 0, 1)
        return g
      })([x]),
    inputs: row,
  },
  'the cotangent changed by the derivative': {
    check: 'mutation',
    op: 'thief',
    fn: () => (x) =>
      copyOf('thief', (g) => {
        const copy = g.clone()
        g.elements().fill(0)
        return copy
      })([x]),
    inputs: row,
  },
  'the result changed by the derivative': {
    check: 'mutation',
    op: 'eraser',
    fn: () =>
      unary('eraser', {
        f: (x) => 2 * x,
        vjp: (g, y) => {
          y.elements().fill(0)
          return g.mul(2)
        },
      }),
    inputs: row,
  },
  'a wrong op beside a kink that does not show': {
    check: 'derivative',
    op: 'behind',
    fn: () => (x) =>
      x
        .mul(0)
        .abs()
        .add(cubic('behind', (g, v) => g.mul(v))(x)),
    inputs: row,
  },
  'a derivative that counts its calls': {
    check: 'repeatable',
    op: 'counting',
    fn: () => {
      let calls = 0
      return amid(cubic('counting', (g, x) => g.mul(x.square()).mul(3 + 1e-9 * calls++)))()
    },
    inputs: row,
  },
  'a gradient of the wrong shape': {
    check: 'shape',
    op: 'flat',
    fn: amid(cubic('flat', (g, x) => g.mul(x.square()).mul(3).flatten())),
    inputs: matrix,
  },
  'a gradient of the wrong dtype': {
    check: 'dtype',
    op: 'narrow',
    fn: amid(cubic('narrow', (g, x) => g.mul(x.square()).mul(3).to('float32'))),
    inputs: row,
  },
  'a derivative that throws': {
    check: 'error',
    op: 'fragile',
    fn: amid(
      cubic('fragile', () => {
        throw new RangeError('not today')
      }),
    ),
    inputs: row,
  },
  'a sum in place that overwrites': {
    check: 'accumulation',
    op: 'overwriting',
    fn: () => (x) =>
      defineOp({
        name: 'overwriting',
        forward: (out, [input]) => out.data.set(input.data),
        vjp: (g) => [g.mul(1)],
        addInto: (sum, _, g) => sum.elements().set(g.elements()),
      })([x]),
    inputs: row,
  },
  'NaN from 0/0 in the derivative': {
    check: 'derivative',
    op: 'ratio',
    fn: () => unary('ratio', { f: (x) => x, vjp: (g, y, x) => g.mul(y).div(x) }),
    inputs: () => [d([1, 0])],
  },
  'NaN in the result': {
    check: 'finite',
    op: 'log',
    fn: () => (x) => x.log().sin(),
    inputs: () => [d([1, -1])],
  },
  'a random function': {
    check: 'deterministic',
    fn: () => (x) => x.mul(randn([3], { dtype: 'float64' })),
    inputs: row,
  },
  'a state kept between calls': {
    check: 'deterministic',
    fn: () => {
      let state = d([0, 0, 0])
      return (x) => {
        state = state.mul(0.5).add(x.detach())
        return state.mul(x)
      }
    },
    inputs: row,
  },
  'a result off the tape': { check: 'tape', fn: () => (x) => d(x.toArray()).square(), inputs: row },
  'a factor off the tape': { check: 'derivative', fn: () => (x) => x.mul(x.detach()), inputs: row },
  'float32 inside': {
    check: 'dtype',
    op: 'to',
    fn: () => (x) => x.to('float32').sin(),
    inputs: row,
  },
  'another result when the walk is recorded': {
    check: 'recorded',
    op: 'twoFaced',
    order: 2,
    fn: amid(cubic('twoFaced', (g, x) => g.mul(x.square()).mul(g.requiresGrad ? 2 : 3))),
    inputs: row,
  },
  'a second derivative through a detached factor': {
    check: 'derivative',
    op: 'detached',
    order: 2,
    fn: amid(cubic('detached', (g, x) => g.mul(x.detach().square()).mul(3))),
    inputs: row,
  },
  'a wrong derivative of the derivative’s op': {
    check: 'derivative',
    op: 'cubeGrad',
    order: 2,
    fn: amid(
      cubic('outer', (g, x) => {
        const cubeGrad = binary('cubeGrad', {
          f: (u, v) => 3 * u * v * v,
          vjp: [(h, _, __, v) => h.mul(v.square()).mul(3), (h, _, u, v) => h.mul(u).mul(v).mul(3)],
        })
        return cubeGrad(g, x)
      }),
    ),
    inputs: row,
  },
  'a third derivative through a detached factor': {
    check: 'derivative',
    op: 'deep',
    order: 3,
    fn: amid(
      cubic('deep', (g, x) => {
        const slope = unary('deep', {
          f: (v) => 3 * v * v,
          vjp: (h, _, v) => h.mul(v.detach()).mul(6),
        })
        return g.mul(slope(x))
      }),
    ),
    inputs: row,
  },
  'abs at 0': {
    check: 'smoothness',
    op: 'abs',
    fn: amid((x) => x.abs()),
    inputs: () => [d([1, 0, -2])],
  },
  'relu at 0': {
    check: 'smoothness',
    op: 'relu',
    fn: amid((x) => x.relu()),
    inputs: () => [d([1, 0, -2])],
  },
  'max of equals': {
    check: 'smoothness',
    op: 'max',
    fn: () => (x) => x.max(),
    inputs: () => [d([1, 2, 2])],
  },
  'maximum of equals': {
    check: 'smoothness',
    op: 'maximum',
    fn: () => (a, b) => a.maximum(b),
    inputs: () => [d([1, 2]), d([0, 2])],
  },
  'a jump': {
    check: 'smoothness',
    fn: () => (x) => where(x.gt(0), x.add(1), x),
    inputs: () => [d([1, 0])],
  },
  'sign at 0': {
    check: 'smoothness',
    op: 'sign',
    fn: () => (x) => x.sign().add(x),
    inputs: () => [d([1, 0])],
  },
  'the edge of a domain': {
    check: 'smoothness',
    op: 'sqrt',
    fn: () => (x) => x.sqrt(),
    inputs: () => [d([1, 0])],
  },
  'a kink of the derivative': {
    check: 'smoothness',
    op: 'abs',
    order: 2,
    fn: () => (x) => x.mul(x.abs()),
    inputs: () => [d([1, 0])],
  },
}
