// The path of an LSTM's memory: along it the gradient is multiplied by the forget gates and by
// nothing else.
import fc from 'fast-check'
import { grad, LSTM, type Tensor, tensor } from 'tapegrad'
import { describe, test } from 'vitest'
import { agree } from '../documents/agree.ts'
import { grid } from '../support/numbers.ts'
import { gridded, gridLeaf } from '../support/tensors.ts'
import { precisions } from './layers.ts'
import { runs } from './runs.ts'

const size = fc.integer({ min: 1, max: 4 })
const seed = fc.nat(999)
const sizes = (longest: number) =>
  fc.record({ N: size, T: fc.integer({ min: 1, max: longest }), D: size, H: size })
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))

describe.each(precisions)('$dtype', ({ dtype, tolerance, usual }) => {
  /** An LSTM of given weights, its four biases being each one number per unit. */
  function layerOf(
    D: number,
    H: number,
    seed: number,
    recurrent: number,
    bias: readonly number[],
  ): LSTM {
    const layer = new LSTM(D, H, { dtype })
    layer.loadStateDict({
      weight_ih_l0: gridded([4 * H, D], seed, dtype),
      weight_hh_l0: gridded([4 * H, H], seed + 1, dtype).mul(recurrent),
      bias_ih_l0: tensor(bias, { dtype }),
      bias_hh_l0: tensor(
        bias.map(() => 0),
        { dtype },
      ),
    })
    return layer
  }

  /** vᵀ ∂c_T/∂c_0 (N, H), of states that start anywhere. */
  function alongMemory(layer: LSTM, x: Tensor, v: Tensor, seed: number): number[][] {
    const [, N, H] = v.shape
    const [h, c] = [gridLeaf([1, N, H], seed + 4, dtype), gridLeaf([1, N, H], seed + 5, dtype)]
    return (
      grad(layer.forward(x, { h, c }).state.c, c, { gradOutputs: v }).toArray() as number[][][]
    )[0]
  }

  test('without recurrent weights ∂c_T/∂c_0 is the product of the forget gates', () =>
    fc.assert(
      fc.property(sizes(8), seed, ({ N, T, D, H }, seed) => {
        const bias = grid([4 * H], seed + 2) as number[]
        const [x, v] = [gridded([N, T, D], seed + 3, dtype), gridded([1, N, H], seed + 6, dtype)]
        const layer = layerOf(D, H, seed, 0, bias)
        const weights = (grid([4 * H, D], seed) as number[][]).slice(H, 2 * H)
        const gate = (row: number[], j: number): number =>
          sigmoid(weights[j].reduce((z, w, d) => z + w * row[d], bias[H + j]))
        const products = (x.toArray() as number[][][]).map((rows) =>
          weights.map((_, j) => rows.reduce((product, row) => product * gate(row, j), 1)),
        )
        const cotangents = (v.toArray() as number[][][])[0]
        const expected = products.map((row, n) =>
          row.map((product, j) => product * cotangents[n][j]),
        )
        agree({ dc0: alongMemory(layer, x, v, seed) }, { dc0: expected }, tolerance)
      }),
      runs(usual),
    ))

  // The other gates shut, or wide open: a derivative of at most e⁻⁵⁰ leads back through h, whatever
  // the recurrent weights.
  test(
    'saturated, the gates keep or erase the gradient of each unit, over any number of steps and ' +
      'with any recurrent weights',
    () =>
      fc.assert(
        fc.property(
          sizes(60),
          seed,
          fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
          ({ N, T, D, H }, seed, keeps) => {
            const open = Array.from({ length: H }, (_, j) => keeps[j])
            const bias = [
              ...open.map(() => -70),
              ...open.map((keep) => (keep ? 70 : -70)),
              ...open.map(() => 0),
              ...open.map(() => 70),
            ]
            const [x, v] = [
              gridded([N, T, D], seed + 3, dtype),
              gridded([1, N, H], seed + 6, dtype),
            ]
            const cotangents = (v.toArray() as number[][][])[0]
            agree(
              { dc0: alongMemory(layerOf(D, H, seed, 1, bias), x, v, seed) },
              { dc0: cotangents.map((row) => row.map((w, j) => (open[j] ? w : 0))) },
              tolerance,
            )
          },
        ),
        runs(usual),
      ),
  )
})
