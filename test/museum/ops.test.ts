// Museum, first room: ops whose derivative is wrong by itself. Each exhibit says what happened, and
// which check catches it.
import { defineOp, type OpCall, type Tensor, type TypedArray, unary } from 'tapegrad'
import { checkAgainst, checkForwardMode, checkGradients } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { sixteenths } from '../support/numbers.ts'
import { d, gridded } from '../support/tensors.ts'
import { caught } from './caught.ts'

// A score's backward returned its own derivative and left out the gradient that arrived, so that a
// loss with a minus sign was minimised upwards (k2-fsa/k2#341). Caught by checkGradients: the
// derivative is not linear in the cotangent.
describe('a backward that ignores the upstream gradient', () => {
  const square = (upstream: (g: Tensor, slope: Tensor) => Tensor) =>
    unary('square', { f: (x) => x * x, vjp: (g, _, x) => upstream(g, x.mul(2)) })
  const [wrong, right] = [square((_, slope) => slope), square((g, slope) => g.mul(slope))]

  it('is rejected', () => {
    expect(caught(() => checkGradients((x) => wrong(x).neg(), [d([0.5, -2])]))).toMatchObject({
      check: 'linear',
      op: 'square',
    })
  })
  it('is accepted once it multiplies', () => {
    checkGradients((x) => right(x).neg(), [d([0.5, -2])], { order: 2 })
  })
})

// The gradient of concat looked its sizes up under the axis as the user gave it, which for −1 there
// are none of (tensorflow/tfjs-core#1267). Caught by checkGradients: what comes back does not have
// the inputs' shapes.
describe('concat with a negative axis', () => {
  const concat = (sizeAlong: (x: Tensor, axis: number) => number) =>
    defineOp<number>({
      name: 'concat',
      shape: ([a, b]) => [a.shape[0], a.shape[1] + b.shape[1]],
      forward: (out, [a, b]) => {
        const [n, m] = [a.shape[1], b.shape[1]]
        for (let row = 0; row < out.shape[0]; row++) {
          out.data.set(a.data.subarray(row * n, (row + 1) * n), row * (n + m))
          out.data.set(b.data.subarray(row * m, (row + 1) * m), row * (n + m) + n)
        }
      },
      vjp: (g, { inputs: [a, b], attrs: axis }) => [
        g.slice(axis, 0, sizeAlong(a, axis)),
        g.slice(axis, g.shape[1] - sizeAlong(b, axis)),
      ],
    })
  const [wrong, right] = [
    concat((x, axis) => x.shape[axis] ?? 0),
    concat((x, axis) => x.shape.at(axis) ?? 0),
  ]
  const inputs = [gridded([2, 1], 1), gridded([2, 2], 2)]

  it('is rejected, though every positive axis is right', () => {
    checkGradients((a, b) => wrong([a, b], 1), inputs)
    expect(caught(() => checkGradients((a, b) => wrong([a, b], -1), inputs))).toMatchObject({
      check: 'shape',
      op: 'concat',
    })
  })
  it('is accepted once the axis is counted from the end', () => {
    checkGradients((a, b) => right([a, b], -1), inputs, { order: 2 })
  })
})

// Broadcast addition handed the whole gradient to the small operand (deeplearning4j/nd4j#2424,
// apache/tvm#2465), or averaged it (tensorflow/tfjs-core#398). Caught by checkGradients: the first
// has the wrong shape; the second has the right one and is off by the number of rows.
describe('broadcast without the sum', () => {
  const plus = (reduced: (g: Tensor) => Tensor) =>
    defineOp({
      name: 'plus',
      forward: (out, [a, b]) =>
        out.data.set(Float64Array.from(a.data, (v, i) => v + b.data[i % b.size])),
      vjp: (g) => [g, reduced(g)],
    })
  const run = (op: OpCall) => checkGradients((a, b) => op([a, b]), [gridded([2, 2], 1), d([5, 6])])

  it('is rejected when nothing is summed', () => {
    expect(caught(() => run(plus((g) => g)))).toMatchObject({ check: 'shape', op: 'plus' })
  })
  it('is rejected when it is averaged', () => {
    expect(caught(() => run(plus((g) => g.mean(0))))).toMatchObject({
      check: 'derivative',
      op: 'plus',
      input: 1,
    })
  })
  it('is accepted once it is summed', () => {
    run(plus((g) => g.sum(0)))
  })
})

// Where an index was repeated, the gradient of gather kept the last one's share
// (pytorch/pytorch#1631, apache/mxnet#9172, PaddlePaddle/Paddle#17662). Caught by checkGradients,
// provided that an index is repeated: the derivative of that element is too small.
describe('gather with repeated indices', () => {
  function gather(
    write: (into: TypedArray, i: number, v: number) => void,
  ): OpCall<readonly number[]> {
    const pick: OpCall<readonly number[]> = defineOp({
      name: 'pick',
      shape: (_, index) => [index.length],
      forward: (out, [x], index) => out.data.set(index.map((i) => x.data[i])),
      vjp: (g, { inputs: [x], attrs: index }) => [put([g], { index, size: x.size })],
    })
    const put: OpCall<{ index: readonly number[]; size: number }> = defineOp({
      name: 'put',
      shape: (_, { size }) => [size],
      forward: (out, [g], { index }) => {
        out.data.fill(0)
        for (const [k, i] of index.entries()) write(out.data, i, g.data[k])
      },
      vjp: (h, { attrs: { index } }) => [pick([h], index)],
    })
    return pick
  }
  const wrong = gather((into, i, v) => into.fill(v, i, i + 1))
  const right = gather((into, i, v) => into.fill(into[i] + v, i, i + 1))
  const check = (op: OpCall<readonly number[]>, index: number[]) =>
    checkGradients((x) => op([x], index).square(), [d([0.5, -1, 2])], { order: 2 })

  it('is rejected', () => {
    expect(caught(() => check(wrong, [2, 0, 2]))).toMatchObject({
      check: 'derivative',
      op: 'pick',
      input: 0,
      index: [2],
    })
  })
  it('goes through where no index is repeated', () => {
    check(wrong, [2, 0, 1])
  })
  it('is accepted once the shares are added', () => {
    check(right, [2, 0, 2])
  })
})

// A JavaScript library differentiated every power as if it were the square
// (eduardoleao052/js-pytorch#42). Caught by checkGradients, and by checkForwardMode, at any
// exponent but 2.
describe('pow with its exponent fixed at 2', () => {
  const wrong = unary<number>('pow', { f: (x, n) => x ** n, vjp: (g, _, x) => g.mul(x).mul(2) })
  const right = unary<number>('pow', {
    f: (x, n) => x ** n,
    vjp: (g, _, x, n) => g.mul(x.pow(n - 1)).mul(n),
  })
  const at = [d([0.5, 2])]

  it('is rejected', () => {
    expect(caught(() => checkGradients((x) => wrong(x, 3), at))).toMatchObject({
      check: 'derivative',
      op: 'pow',
      analytic: 1,
      numeric: expect.closeTo(0.75, 9),
    })
  })
  it('is rejected by forward mode as well', () => {
    expect(caught(() => checkForwardMode((x) => wrong(x, 3), at))).toMatchObject({
      check: 'forward mode',
    })
  })
  it('goes through at 2', () => {
    checkGradients((x) => wrong(x, 2), at, { order: 2 })
  })
  it('is accepted with the exponent that was used', () => {
    checkGradients((x) => right(x, 3), at, { order: 3 })
    checkForwardMode((x) => right(x, 3), at)
  })
})

// Computed from a rounded y, 1 − y² loses digit after digit from |x| = 4 on and is 0 from 19 on, in
// float64 (JuliaDiff/DiffRules.jl#102, tensorflow/tensorflow#126747). Caught by checkAgainst alone,
// the slope being measured in units of e⁻²ˣ: differences of y have lost the same digits.
describe('1 − y² for a saturated tanh', () => {
  const wrong = unary('tanh', { f: Math.tanh, vjp: (g, y) => g.mul(y.square().neg().add(1)) })
  const right = unary('tanh', {
    f: Math.tanh,
    vjp: (g, _, x) => {
      const e = x.abs().mul(-2).exp()
      return g.mul(e.mul(4)).div(e.add(1).square())
    },
  })
  const saturated = sixteenths(8, 30).map((x) => ({ x: d([x]) }))
  const inUnits = (tanh: (x: Tensor) => Tensor) => (inputs: Record<string, Tensor>) =>
    tanh(inputs.x).mul(inputs.x.detach().mul(2).exp())
  const slope = (inputs: Record<string, unknown>, cotangent: unknown) => {
    const [[x], [g]] = [inputs.x as number[], cotangent as number[]]
    return { x: [(4 * g) / (1 + Math.exp(-2 * x)) ** 2] }
  }

  it('is rejected, where differences say nothing', () => {
    const differences = caught(() => checkGradients((x) => wrong(x), [d([10, 12])]))
    expect(differences).toMatchObject({ check: 'undecided' })
    expect(caught(() => checkAgainst(inUnits(wrong), slope, saturated))).toMatchObject({
      check: 'reference',
    })
  })
  it('is accepted once it is computed from x', () => {
    checkAgainst(inUnits(right), slope, saturated)
    checkGradients((x) => right(x), [d([-1.5, 0.25, 3])], { order: 3 })
  })
})
