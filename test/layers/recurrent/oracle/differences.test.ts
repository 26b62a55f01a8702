// The oracles' gradients, derived by hand, against differences of their forward.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../../../properties/runs.ts'
import { type Shapes, wrongGradients } from './checks.ts'
import { gru } from './gru.ts'
import { lstm } from './lstm.ts'
import { rnn } from './rnn.ts'

const size = (max: number) => fc.integer({ min: 1, max })
const sizes = fc.record({ N: size(2), T: size(4), D: size(3), seed: fc.nat() })
const around = fc.record({
  recurrentDropout: fc.boolean(),
  zoneout: fc.boolean(),
  weightDrop: fc.boolean(),
  lengths: fc.boolean(),
  reverse: fc.boolean(),
})

/** weight_ih (rows, D), weight_hh (rows, of h), and two biases of rows. */
const products = (rows: number, D: number, h: number, bias: boolean): Shapes['parameters'] => ({
  weight_ih: [rows, D],
  weight_hh: [rows, h],
  ...(bias && { bias_ih: [rows], bias_hh: [rows] }),
})

const gruOptions = fc.record({ resetAfter: fc.boolean(), bias: fc.boolean(), H: size(3) })

test('GRU', () =>
  fc.assert(
    fc.property(sizes, around, gruOptions, (sizes, around, { resetAfter, bias, H }) => {
      const cell = gru(resetAfter)
      const shapes = { parameters: products(3 * H, sizes.D, H, bias), states: { h: H } }
      expect(wrongGradients(cell, shapes, sizes, around)).toEqual([])
    }),
    runs(40),
  ))

const rnnOptions = fc.record({
  nonlinearity: fc.constantFrom('tanh' as const, 'relu' as const),
  bias: fc.boolean(),
  H: size(3),
})

test('RNN', () =>
  fc.assert(
    fc.property(sizes, around, rnnOptions, (sizes, around, { nonlinearity, bias, H }) => {
      const shapes = { parameters: products(H, sizes.D, H, bias), states: { h: H } }
      const pieces = ({ z }: { z: number[] }) => nonlinearity === 'relu' && z.map((v) => v > 0)
      const wrong = wrongGradients(rnn(nonlinearity), shapes, sizes, around, pieces)
      expect(wrong).toEqual([])
    }),
    runs(40),
  ))

const lstmOptions = fc.record({
  peepholes: fc.boolean(),
  projSize: fc.option(size(3), { nil: undefined }),
  layerNorm: fc.boolean(),
  coupledGates: fc.boolean(),
  cellClip: fc.constantFrom(undefined, 0.25, 1),
  bias: fc.boolean(),
  H: size(3),
})

test('LSTM', () =>
  fc.assert(
    fc.property(sizes, around, lstmOptions, (sizes, around, { H, cellClip, ...options }) => {
      const rows = (options.coupledGates ? 3 : 4) * H
      const h = options.projSize ?? H
      const parameters = {
        ...products(rows, sizes.D, h, options.bias),
        ...(options.peepholes && { weight_cf: [H], weight_co: [H] }),
        ...(options.peepholes && !options.coupledGates && { weight_ci: [H] }),
        ...(options.projSize && { weight_hr: [h, H] }),
        ...(options.layerNorm && { weight_ln_ih: [rows], weight_ln_hh: [rows] }),
        ...(options.layerNorm && { weight_ln_c: [H] }),
        ...(options.layerNorm && options.bias && { bias_ln_c: [H] }),
      }
      const shapes = { parameters, states: { h, c: H } }
      const pieces = ({ cBar }: { cBar: number[] }) =>
        cellClip && cBar.map((v) => [v > cellClip, v < -cellClip])
      const wrong = wrongGradients(lstm({ cellClip }), shapes, sizes, around, pieces)
      expect(wrong).toEqual([])
    }),
    runs(60),
  ))
