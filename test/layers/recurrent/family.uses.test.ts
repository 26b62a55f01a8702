// Every recurrent cell in all its options together with what else there is: frozen parameters and
// inputs, rows that were looked up, checkpoints, and calls without a tape.
import fc from 'fast-check'
import { checkpoint, Generator, grad, type LSTM, noGrad, type Tensor, tensor } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { agree } from '../../documents/agree.ts'
import { runs } from '../../properties/runs.ts'
import { float64, gridLeaf, numbersOf } from '../../support/tensors.ts'
import { cases, givenOf, inputsOf, kinds, layerOf, lossOf, results, run } from './family.ts'

const all = { dropout: 0.5, recurrentDropout: 0.5, weightDrop: 0.5, zoneout: 0.5 }

describe.each(kinds)('%s', (kind) => {
  test('gradients of some are those of all, whatever else is frozen', () =>
    fc.assert(
      fc.property(
        cases(kind, 'flags'),
        fc.infiniteStream(fc.boolean()),
        fc.boolean(),
        (c, stream, isRegularised) => {
          const options = () =>
            isRegularised ? { ...all, generator: new Generator(c.seed) } : { generator: undefined }
          const layer = layerOf(c, 'float64', options())
          const { x, state, named } = inputsOf(c, layer, 'float64')
          const whole = results(c, run(c, layer, x, state), named)

          const frozen = layerOf(c, 'float64', options())
          const own = Object.fromEntries(
            Object.entries(named).map(([name, t]) => [
              name,
              stream.next().value === true ? t.detach() : t,
            ]),
          )
          for (const [name, t] of Object.entries(own))
            if (name.includes('_l')) Object.assign(frozen, { [name]: t })
          const live = Object.fromEntries(
            Object.entries(own).filter(([, { requiresGrad }]) => requiresGrad),
          )
          fc.pre(Object.keys(live).length > 0)
          const part = results(c, run(c, frozen, own.x, givenOf(c, own)), live)
          agree(part, Object.fromEntries(Object.keys(part).map((name) => [name, whole[name]])), 0)
        },
      ),
      runs(60),
    ))

  test('equal rows that were looked up are multiplied once', () =>
    fc.assert(
      fc.property(cases(kind, 'flags'), fc.boolean(), (c, isRegularised) => {
        const options = () =>
          isRegularised ? { ...all, generator: new Generator(c.seed) } : { generator: undefined }
        const table = gridLeaf([3, c.D], c.seed)
        const symbols = Array.from({ length: c.N * c.T }, (_, i) => (c.seed + 7 * i * i) % 3)
        const shape = [c.N, c.T]
        const index = tensor(new Int32Array(symbols), { shape })
        const hot = tensor(
          symbols.flatMap((s) => [0, 1, 2].map((k) => Number(k === s))),
          { ...float64, shape: [...shape, 3] },
        )
        const found = (rows: Tensor) => {
          const layer = layerOf(c, 'float64', options())
          const { state, named } = inputsOf(c, layer, 'float64')
          return results(c, run(c, layer, rows, state), { ...named, x: table })
        }
        agree(found(table.indexSelect(0, index)), found(hot.matmul(table)), 1e-10)
      }),
      runs(40),
    ))

  test('a checkpoint gives the same bits, the draws included', () =>
    fc.assert(
      fc.property(cases(kind, 'flags'), (c) => {
        const gradients = (through: (f: (x: Tensor) => Tensor) => (x: Tensor) => Tensor) => {
          const layer = layerOf(c, 'float64', { ...all, generator: new Generator(c.seed) })
          const { x, state, named } = inputsOf(c, layer, 'float64')
          const loss = through((x) =>
            lossOf(c, run(c, layer, x, state)).add(x.slice(0, 0, 0).sum()),
          )
          const inputs = Object.values(named)
          return grad(loss(x), inputs, { allowUnused: true }).map(numbersOf)
        }
        expect(gradients(checkpoint)).toEqual(gradients((f) => f))
      }),
      runs(25),
    ))

  test('without a tape the values are the same', () =>
    fc.assert(
      fc.property(cases(kind, 'flags'), (c) => {
        const layer = layerOf(c, 'float32')
        const { x, state } = inputsOf(c, layer, 'float32')
        const values = (made: LSTM) =>
          Object.values(run(c, made, x, state)).map((t) => t.toArray() as number[])
        expect(noGrad(() => values(layer))).toEqual(values(layer))
      }),
      runs(25),
    ))
})
