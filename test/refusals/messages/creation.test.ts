// What creating tensors refuses, with its messages.

import {
  arange,
  DTypeError,
  eye,
  full,
  Generator,
  grad,
  linspace,
  MemoryError,
  manualSeed,
  ones,
  rand,
  randint,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { refusal, untyped } from '../../support/refusal.ts'
import { leaf } from '../../support/tensors.ts'

const x = zeros([2, 3])

const three = (): Tensor => leaf([1, 2, 3], 'float32')

describe('creation', () => {
  it('ragged nested arrays', () => {
    expect(refusal(ShapeError, () => tensor([[1, 2], [3]]))).toMatchInlineSnapshot(
      `"tensor: expected arrays of one shape, got (2) at [0] and (1) at [1]"`,
    )
    expect(refusal(ShapeError, () => tensor([1, [2]]))).toMatchInlineSnapshot(
      `"tensor: expected arrays of one shape, got () at [0] and (1) at [1]"`,
    )
    expect(
      refusal(ShapeError, () =>
        tensor([
          [[1], [2]],
          [[3], [4, 5]],
        ]),
      ),
    ).toMatchInlineSnapshot(
      `"tensor: expected arrays of one shape, got (1) at [1, 0] and (2) at [1, 1]"`,
    )
  })
  it('shapes that do not fit the data', () => {
    expect(refusal(ShapeError, () => tensor([1, 2, 3], { shape: [2, 2] }))).toMatchInlineSnapshot(
      `"tensor: expected 4 elements for shape (2, 2), got 3"`,
    )
    expect(
      refusal(ShapeError, () => tensor(new Float32Array(3), { shape: [] })),
    ).toMatchInlineSnapshot(`"tensor: expected 1 elements for shape (), got 3"`)
  })
  it('shapes that are none', () => {
    expect(refusal(ShapeError, () => zeros([2, -1]))).toMatchInlineSnapshot(
      `"zeros: expected sizes that are whole numbers ≥ 0, got (2, -1)"`,
    )
    expect(refusal(ShapeError, () => zeros([1.5]))).toMatchInlineSnapshot(
      `"zeros: expected sizes that are whole numbers ≥ 0, got (1.5)"`,
    )
    expect(refusal(ShapeError, () => zeros([NaN]))).toMatchInlineSnapshot(
      `"zeros: expected sizes that are whole numbers ≥ 0, got (NaN)"`,
    )
    expect(refusal(ShapeError, () => zeros(untyped(3)))).toMatchInlineSnapshot(
      `"zeros: expected a shape, an array of sizes, got 3"`,
    )
    expect(refusal(ShapeError, () => zeros(untyped(undefined)))).toMatchInlineSnapshot(
      `"zeros: expected a shape, an array of sizes, got undefined"`,
    )
    expect(refusal(ShapeError, () => zeros(untyped(null)))).toMatchInlineSnapshot(
      `"zeros: expected a shape, an array of sizes, got null"`,
    )
    expect(refusal(ShapeError, () => ones(untyped(['2'])))).toMatchInlineSnapshot(
      `"ones: expected sizes that are whole numbers ≥ 0, got ("2")"`,
    )
    expect(refusal(ShapeError, () => eye(-1))).toMatchInlineSnapshot(
      `"eye: expected sizes that are whole numbers ≥ 0, got (-1, -1)"`,
    )
    expect(refusal(ShapeError, () => tensor([1], { shape: untyped('1') }))).toMatchInlineSnapshot(
      `"tensor: expected a shape, an array of sizes, got "1""`,
    )
  })
  it('unknown dtypes', () => {
    expect(
      refusal(DTypeError, () => zeros([2], { dtype: untyped('float16') })),
    ).toMatchInlineSnapshot(`"zeros: expected dtype float32, float64, int32, bool, got "float16""`)
    expect(refusal(DTypeError, () => x.to(untyped('int64')))).toMatchInlineSnapshot(
      `"to: expected dtype float32, float64, int32, bool, got "int64""`,
    )
    expect(refusal(DTypeError, () => x.to(untyped(undefined)))).toMatchInlineSnapshot(
      `"to: expected dtype float32, float64, int32, bool, got undefined"`,
    )
    expect(
      refusal(DTypeError, () => tensor([1], { dtype: untyped('toString') })),
    ).toMatchInlineSnapshot(
      `"tensor: expected dtype float32, float64, int32, bool, got "toString""`,
    )
  })
  it('elements that are no numbers of the dtype', () => {
    expect(refusal(DTypeError, () => tensor([1.5], { dtype: 'int32' }))).toMatchInlineSnapshot(
      `"tensor: expected int32 elements, got 1.5 as element 0"`,
    )
    expect(refusal(DTypeError, () => tensor([1, NaN], { dtype: 'int32' }))).toMatchInlineSnapshot(
      `"tensor: expected int32 elements, got NaN as element 1"`,
    )
    expect(refusal(DTypeError, () => tensor([2 ** 31], { dtype: 'int32' }))).toMatchInlineSnapshot(
      `"tensor: expected int32 elements, got 2147483648 as element 0"`,
    )
    expect(refusal(DTypeError, () => tensor([1, 2], { dtype: 'bool' }))).toMatchInlineSnapshot(
      `"tensor: expected bool elements, got 2 as element 1"`,
    )
    expect(refusal(DTypeError, () => tensor([true, 0.5]))).toMatchInlineSnapshot(
      `"tensor: expected bool elements, got 0.5 as element 1"`,
    )
    expect(refusal(DTypeError, () => tensor(untyped([1, '2'])))).toMatchInlineSnapshot(
      `"tensor: expected float32 elements, got "2" as element 1"`,
    )
    expect(refusal(DTypeError, () => tensor(untyped('2')))).toMatchInlineSnapshot(
      `"tensor: expected float32 elements, got "2" as element 0"`,
    )
    expect(refusal(DTypeError, () => tensor(untyped(undefined)))).toMatchInlineSnapshot(
      `"tensor: expected float32 elements, got undefined as element 0"`,
    )
    expect(refusal(DTypeError, () => tensor(untyped([null])))).toMatchInlineSnapshot(
      `"tensor: expected float32 elements, got null as element 0"`,
    )
    expect(refusal(DTypeError, () => tensor(untyped({ a: 1 })))).toMatchInlineSnapshot(
      `"tensor: expected float32 elements, got { a } as element 0"`,
    )
    expect(refusal(DTypeError, () => tensor(untyped([tensor(1)])))).toMatchInlineSnapshot(
      `"tensor: expected float32 elements, got Tensor () as element 0"`,
    )
    expect(refusal(DTypeError, () => tensor(untyped([Symbol('s')])))).toMatchInlineSnapshot(
      `"tensor: expected float32 elements, got Symbol(s) as element 0"`,
    )
    expect(refusal(DTypeError, () => tensor(new BigInt64Array(2)))).toMatchInlineSnapshot(
      `"tensor: expected an array of numbers, got BigInt64Array"`,
    )
    expect(
      refusal(DTypeError, () => tensor(new DataView(new ArrayBuffer(8)))),
    ).toMatchInlineSnapshot(`"tensor: expected an array of numbers, got DataView"`)
    expect(refusal(DTypeError, () => full([2], 0.5, { dtype: 'int32' }))).toMatchInlineSnapshot(
      `"full: expected int32 elements, got 0.5 as element 0"`,
    )
    expect(refusal(DTypeError, () => full([2], untyped('1')))).toMatchInlineSnapshot(
      `"full: expected float32 elements, got "1" as element 0"`,
    )
    expect(refusal(DTypeError, () => arange(0, 1, 0.25, { dtype: 'int32' }))).toMatchInlineSnapshot(
      `"arange: expected int32 elements, got 0.25 as element 1"`,
    )
    expect(refusal(DTypeError, () => linspace(0, 1, 3, { dtype: 'int32' }))).toMatchInlineSnapshot(
      `"linspace: expected int32 elements, got 0.5 as element 1"`,
    )
  })
  it('gradients of what is no real number', () => {
    expect(
      refusal(DTypeError, () => tensor([1], { dtype: 'int32', requiresGrad: true })),
    ).toMatchInlineSnapshot(`"tensor: expected float32 or float64 with requiresGrad, got int32"`)
    expect(
      refusal(DTypeError, () => {
        tensor([true]).requiresGrad = true
      }),
    ).toMatchInlineSnapshot(
      `"requiresGrad: expected float32 or float64, got bool: convert with .to('float32')"`,
    )
  })
  it('options that do not exist', () => {
    expect(
      refusal(ValueError, () => tensor([1], untyped({ requires_grad: true }))),
    ).toMatchInlineSnapshot(
      `"tensor: unknown option 'requires_grad': expected shape, dtype, requiresGrad"`,
    )
    expect(refusal(ValueError, () => zeros([1], untyped({ type: 'int32' })))).toMatchInlineSnapshot(
      `"zeros: unknown option 'type': expected dtype, requiresGrad"`,
    )
    expect(refusal(ValueError, () => zeros([1], untyped('int32')))).toMatchInlineSnapshot(
      `"zeros: expected options { dtype, requiresGrad }, got "int32""`,
    )
    expect(refusal(ValueError, () => zeros([1], untyped(null)))).toMatchInlineSnapshot(
      `"zeros: expected options { dtype, requiresGrad }, got null"`,
    )
    expect(refusal(ValueError, () => rand([1], untyped({ seed: 1 })))).toMatchInlineSnapshot(
      `"rand: unknown option 'seed': expected dtype, requiresGrad, generator"`,
    )
    expect(
      refusal(ValueError, () =>
        three()
          .sum()
          .backward(null, untyped({ retain_graph: true })),
      ),
    ).toMatchInlineSnapshot(
      `"backward: unknown option 'retain_graph': expected retainGraph, createGraph"`,
    )
    expect(
      refusal(ValueError, () => grad(three(), three(), untyped({ create_graph: true }))),
    ).toMatchInlineSnapshot(
      `"grad: unknown option 'create_graph': expected gradOutputs, createGraph, retainGraph, ` +
        'allowUnused"',
    )
  })
  it('ranges', () => {
    expect(refusal(ValueError, () => arange(0, 5, 0))).toMatchInlineSnapshot(
      `"arange: expected a step that leads from 0 to 5, got 0"`,
    )
    expect(refusal(ValueError, () => arange(0, 5, -1))).toMatchInlineSnapshot(
      `"arange: expected a step that leads from 0 to 5, got -1"`,
    )
    expect(refusal(ValueError, () => arange(NaN))).toMatchInlineSnapshot(
      `"arange: expected a step that leads from 0 to NaN, got 1"`,
    )
    expect(refusal(ValueError, () => linspace(0, 1, 2.5))).toMatchInlineSnapshot(
      `"linspace: expected a whole number of steps, got 2.5"`,
    )
    expect(refusal(ValueError, () => linspace(0, 1, -2))).toMatchInlineSnapshot(
      `"linspace: expected a whole number of steps, got -2"`,
    )
  })
  it('randomness', () => {
    expect(refusal(ValueError, () => new Generator(-1))).toMatchInlineSnapshot(
      `"Generator: expected a seed that is a whole number from 0 to 2^53 − 1, got -1"`,
    )
    expect(refusal(ValueError, () => manualSeed(0.5))).toMatchInlineSnapshot(
      `"manualSeed: expected a seed that is a whole number from 0 to 2^53 − 1, got 0.5"`,
    )
    expect(refusal(ValueError, () => new Generator(untyped('7')))).toMatchInlineSnapshot(
      `"Generator: expected a seed that is a whole number from 0 to 2^53 − 1, got "7""`,
    )
    expect(refusal(DTypeError, () => rand([2], { dtype: 'int32' }))).toMatchInlineSnapshot(
      `"rand: expected float32 or float64, got int32: convert with .to('float32')"`,
    )
    expect(refusal(ValueError, () => randint(3, 3, [1]))).toMatchInlineSnapshot(
      `"randint: expected int32 numbers low < high, got 3 and 3"`,
    )
    expect(refusal(ValueError, () => randint(0, 2 ** 31, [1]))).toMatchInlineSnapshot(
      `"randint: expected int32 numbers low < high, got 0 and 2147483648"`,
    )
    expect(
      refusal(DTypeError, () => randint(0, 3, [1], { dtype: 'float32' })),
    ).toMatchInlineSnapshot(`"randint: expected int32, got float32: convert with .to()"`)
    expect(refusal(ValueError, () => rand([2], { generator: untyped({}) }))).toMatchInlineSnapshot(
      `"rand: expected a Generator, got {}: make one with new Generator(seed)"`,
    )
  })
  it('more memory than there is', () => {
    const before = zeros([4])
    expect(
      refusal(MemoryError, () => zeros([40000, 40000])).replace(/holds .*/, 'holds …'),
    ).toMatchInlineSnapshot(
      '"zeros: expected room for (40000, 40000) float32, 6104 MiB, got none: the heap (at most ' +
        '4096 MiB) holds …"',
    )
    expect(
      refusal(MemoryError, () => zeros([1e9, 1e9])).replace(/holds .*/, 'holds …'),
    ).toMatchInlineSnapshot(
      '"zeros: expected room for (1000000000, 1000000000) float32, 3814697265625 MiB, got none: ' +
        'the heap (at most 4096 MiB) holds …"',
    )
    // Four sizes of block to the octave: after 3584 MiB comes 4096, which is all there is.
    expect(
      refusal(MemoryError, () => zeros([3700, 2 ** 20], { dtype: 'bool' })).replace(
        /holds .*/,
        'holds …',
      ),
    ).toMatchInlineSnapshot(
      '"zeros: expected room for (3700, 1048576) bool, 3700 MiB in a block of 4096 MiB, got ' +
        'none: the heap (at most 4096 MiB) holds …"',
    )
    expect(refusal(MemoryError, () => ones([60000, 1]).add(ones([60000])))).toMatch(
      /add: expected room for \(60000, 60000\) float32, 13733 MiB.*holds .* MiB \(.* × .*\)/,
    )
    expect(before.add(1).toArray()).toEqual([1, 1, 1, 1])
  })
})
