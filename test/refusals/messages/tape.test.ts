// What tape() refuses, with its messages.

import { DTypeError, ones, TapeError, tape, ValueError } from 'tapegrad'
import { expect, test } from 'vitest'
import { refusal, untyped } from '../../support/refusal.ts'
import { leaf } from '../../support/tensors.ts'

test('refusals', () => {
  expect(refusal(TapeError, () => tape(ones([2])))).toMatchInlineSnapshot(
    '"tape: this tensor (2) does not depend on anything that requires a gradient: create a leaf ' +
      'with { requiresGrad: true }"',
  )
  const y = leaf([1, 2], 'float32').sum()
  y.backward()
  expect(refusal(TapeError, () => tape(y))).toMatchInlineSnapshot(
    '"tape: this graph was already walked (sum ()): call tape() before backward(), or pass { ' +
      'retainGraph: true } to backward()"',
  )
  expect(refusal(DTypeError, () => tape(untyped(3)))).toMatchInlineSnapshot(
    `"tape: expected a Tensor, got 3: make one with tensor(…)"`,
  )
  expect(refusal(ValueError, () => tape([]))).toMatchInlineSnapshot(
    `"tape: expected at least one tensor, got an empty array"`,
  )
  expect(
    refusal(ValueError, () => tape(leaf([1], 'float32'), untyped({ unfold: true }))),
  ).toMatchInlineSnapshot(`"tape: unknown option 'unfold': expected names, fold"`)
  expect(
    refusal(ValueError, () => tape(leaf([1], 'float32'), { names: untyped({ x: 1 }) })),
  ).toMatchInlineSnapshot(`"tape: expected names to name tensors, got 1 for "x""`)
})
