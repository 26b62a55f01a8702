// The oracles' gradients, derived by hand, against differences of their forward.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../../../properties/runs.ts'
import type { Cell } from './cell.ts'
import { type Shapes, wrongGradients } from './checks.ts'
import { gru } from './gru.ts'

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
      const cell: Cell<unknown> = gru(resetAfter)
      const shapes = { parameters: products(3 * H, sizes.D, H, bias), states: { h: H } }
      expect(wrongGradients(cell, shapes, sizes, around)).toEqual([])
    }),
    runs(60),
  ))
