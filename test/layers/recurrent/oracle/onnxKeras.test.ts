// The oracles against values that ONNX Runtime and Keras computed in float32, with their weights in
// our order of gates (../onnxKeras.json says which versions).
import { expect, test } from 'vitest'
import { disagreements } from '../../../support/numbers.ts'
import { cellOf, type ForeignRun, foreign } from './recorded.ts'
import { stacked } from './unroll.ts'

function wrongValues(one: ForeignRun, tolerance: number, options = one.options): string[] {
  const { kind, lengths, parameters, x, state } = one
  const { output, last } = stacked(cellOf(kind, options), parameters, x, state, {
    ...options,
    lengths,
  })
  return [
    ...disagreements(output, one.output, tolerance, 'output'),
    ...Object.keys(state).flatMap((name) =>
      disagreements(last[name], one.final[name], tolerance, name),
    ),
  ]
}

const nameOf = (one: ForeignRun): string =>
  [one.kind, JSON.stringify(one.onnx ?? one.keras), JSON.stringify(one.options)].join(' ')

test.each(foreign.onnx.map((one) => [nameOf(one), one] as const))('ONNX %s', (_, one) => {
  expect(wrongValues(one, 1e-6)).toEqual([])
})

test.each(foreign.keras.map((one) => [nameOf(one), one] as const))('Keras %s', (_, one) => {
  expect(wrongValues(one, 1e-6)).toEqual([])
})

test("ONNX's clip is not cellClip", () => {
  const { onnxClip } = foreign
  for (const cellClip of [undefined, 0.5])
    expect(wrongValues(onnxClip, 0.01, { ...onnxClip.options, cellClip })).not.toEqual([])
})
