// Rows of the ops that move numbers: shapes, picking by index, conversions, joining.

import fc from 'fast-check'
import { cat, type DType, stack, type Tensor, tensor } from 'tapegrad'
import {
  axesOf,
  axisOf,
  Case,
  type Cases,
  method,
  narrowed,
  plain,
  ranked,
  type Shape,
  sizeOf,
} from '../../../support/cases.ts'
import { d } from '../../../support/tensors.ts'
import { choosing, i, moved, type Row } from './row.ts'

const joining =
  (name: 'cat' | 'stack', run: (tensors: Tensor[], axis: number) => Tensor, axes: number): Cases =>
  (shapes) =>
    ranked(shapes, 1 - axes)
      .chain((shape) =>
        fc.tuple(
          axisOf(Array(shape.length + axes).fill(0)),
          fc.constant(shape),
          fc.array(fc.nat(2), { minLength: 1, maxLength: 3 }),
        ),
      )
      .chain(([axis, shape, widths]) =>
        fc.tuple(
          fc.constant(axis),
          fc.tuple(...widths.map((n) => plain(name === 'cat' ? shape.with(axis, n) : shape))),
        ),
      )
      .map(
        ([axis, inputs]) =>
          new Case(`${name} along ${axis}`, inputs, (...tensors) => run(tensors, axis)),
      )

const indexed =
  (
    name: 'gather' | 'indexSelect',
    indexShape: (shape: Shape, axis: number) => fc.Arbitrary<Shape>,
  ): Cases =>
  (shapes) =>
    ranked(shapes)
      .chain((shape) => fc.tuple(fc.constant(shape), axisOf(shape)))
      .chain(([shape, axis]) =>
        fc.tuple(
          fc.constant({ shape, axis }),
          indexShape(shape, axis < 0 ? axis + shape.length : axis),
        ),
      )
      .chain(([{ shape, axis }, at]) =>
        fc.tuple(
          fc.constant(axis),
          plain(shape),
          plain(at, fc.nat(Math.max((shape.at(axis) as number) - 1, 0))),
        ),
      )
      .map(
        ([axis, x, at]) =>
          new Case(`${name}(${axis}, [${at.values}] (${at.shape}))`, [x], (t) =>
            t[name](axis, tensor([...at.values], { shape: [...at.shape], dtype: 'int32' })),
          ),
      )

export const shapeRows = {
  t: {
    formula: 'yⱼᵢ = xᵢⱼ',
    domain: 'at most two axes',
    ...moved,
    cases: (shapes) => method('t')(shapes.map((s) => s.slice(-2))),
    known: [[() => d('1 2 3; 4 5 6').t(), '1 4; 2 5; 3 6']],
  },
  transpose: {
    formula: 'two axes change places',
    domain: 'at least one axis',
    ...moved,
    cases: (shapes) => method('transpose', (s) => fc.tuple(axisOf(s), axisOf(s)))(ranked(shapes)),
    known: [[() => d(['1 2; 3 4']).transpose(0, -1), ['1; 3', '2; 4']]],
  },
  permute: {
    formula: 'axis i of y is axis axes[i] of x',
    domain: 'ℝ',
    ...moved,
    cases: method('permute', (s) =>
      fc
        .shuffledSubarray(
          s.map((_, k) => k),
          { minLength: s.length },
        )
        .chain(
          (order) =>
            fc.constantFrom([order], [order.map((k) => k - s.length)]) as fc.Arbitrary<[number[]]>,
        ),
    ),
    known: [[() => d(['1 2 3', '4 5 6']).permute([2, 0, 1]), ['1; 4', '2; 5', '3; 6']]],
  },
  reshape: {
    formula: 'the same numbers in row-major order',
    domain: 'equal sizes',
    ...moved,
    cases: method('reshape', (s) =>
      fc.constantFrom<[number[]][]>(
        [[sizeOf(s)]],
        [[1, ...s]],
        [[...s, 1]],
        [[...s].reverse()],
        ...(s.length > 0 && !s.slice(0, -1).includes(0)
          ? [[[...s.slice(0, -1), -1]] as [number[]]]
          : []),
      ),
    ),
    known: [[() => d([1, 2, 3, 4]).reshape([2, -1]), '1 2; 3 4']],
  },
  flatten: {
    formula: 'the axes start … end as one',
    domain: 'ℝ',
    ...moved,
    cases: method(
      'flatten',
      (s) =>
        (s.length === 0
          ? fc.constant([])
          : fc
              .tuple(fc.nat(s.length - 1), fc.nat(s.length - 1))
              .map(
                ([a, b]) => [Math.min(a, b), Math.max(a, b) - s.length] as const,
              )) as fc.Arbitrary<[number?, number?]>,
    ),
    known: [
      [() => d(['1 2; 3 4']).flatten(), [1, 2, 3, 4]],
      [() => d(['1 2; 3 4']).flatten(1), '1 2 3 4'],
      [() => d(3).flatten(), [3]],
    ],
  },
  squeeze: {
    formula: 'without axes of size 1',
    domain: 'ℝ',
    ...moved,
    cases: method('squeeze', (s) => fc.tuple(axesOf(s))),
    known: [
      [() => d(['1; 2']).squeeze(), [1, 2]],
      [() => d(['1; 2']).squeeze(-1), '1 2'],
    ],
  },
  unsqueeze: {
    formula: 'with one more axis of size 1',
    domain: 'ℝ',
    ...moved,
    cases: method('unsqueeze', (s) => fc.tuple(axisOf([...s, 1]))),
    known: [[() => d([1, 2]).unsqueeze(-1), '1; 2']],
  },
  broadcastTo: {
    formula: 'yᵢⱼ = x₀ⱼ where x is repeated along i',
    domain: 'shapes that broadcast',
    ...moved,
    cases: (shapes) =>
      shapes.chain((shape) =>
        narrowed(shape)
          .chain((from) => plain(from))
          .map((x) => new Case(`broadcastTo(${shape})`, [x], (t) => t.broadcastTo(shape))),
      ),
    known: [[() => d('1; 2').broadcastTo([2, 2]), '1 1; 2 2']],
  },
  slice: {
    formula: 'yᵢ = x at start + i · step',
    domain: 'at least one axis',
    ...moved,
    cases: (shapes) =>
      method('slice', (s) =>
        fc.tuple(
          axisOf(s),
          fc.integer({ min: -4, max: 4 }),
          fc.option(fc.integer({ min: -4, max: 4 }), { nil: undefined }),
          fc.integer({ min: 1, max: 3 }),
        ),
      )(ranked(shapes)),
    known: [
      [() => d([0, 1, 2, 3, 4]).slice(0, 1, -1), [1, 2, 3]],
      [() => d([0, 1, 2, 3, 4]).slice(-1, 0, undefined, 2), [0, 2, 4]],
    ],
  },
  select: {
    formula: 'y = x at index',
    domain: 'an axis that is not empty',
    ...moved,
    cases: (shapes) =>
      method('select', (s) =>
        axisOf(s).chain((k) => fc.tuple(fc.constant(k), axisOf(Array(s.at(k) as number).fill(0)))),
      )(ranked(choosing(shapes))),
    known: [
      [() => d('1 2; 3 4').select(1, -1), [2, 4]],
      [() => d('1 2; 3 4').select(0, 1), [3, 4]],
    ],
  },
  chunk: {
    formula: 'x = (y₀, y₁, …)',
    domain: 'at least one axis',
    ...moved,
    cases: (shapes) =>
      method('chunk', (s) => fc.tuple(fc.integer({ min: 1, max: 4 }), axisOf(s)))(ranked(shapes)),
    known: [[() => d('1 2 3 4').chunk(2, 1), ['1 2', '3 4']]],
  },
  flip: {
    formula: 'yᵢ = x at n − 1 − i',
    domain: 'ℝ',
    ...moved,
    cases: method('flip', (s) => axesOf(s).map((axes) => [axes ?? []] as [number | number[]])),
    known: [
      [() => d('1 2; 3 4').flip(1), '2 1; 4 3'],
      [() => d('1 2; 3 4').flip([0, 1]), '4 3; 2 1'],
    ],
  },
  indexSelect: {
    formula: 'yᵢ = x at index[i]',
    domain: '0 ≤ index < n, repeats too',
    ...moved,
    cases: indexed('indexSelect', (shape, axis) =>
      shape[axis] === 0
        ? fc.constant([0])
        : fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
    ),
    known: [
      [() => d('1 2; 3 4').indexSelect(0, i([1, 1, 0])), '3 4; 3 4; 1 2'],
      [() => d('1 2; 3 4').indexSelect(-1, i(1)), [2, 4]],
    ],
  },
  gather: {
    formula: 'yᵢⱼ = x at (i, index[i, j])',
    domain: '0 ≤ index < n, repeats too',
    ...moved,
    cases: indexed('gather', (shape, axis) =>
      fc.tuple(
        ...shape.map((n, k) =>
          k === axis ? fc.integer({ min: 0, max: n === 0 ? 0 : 3 }) : fc.nat(n),
        ),
      ),
    ),
    known: [
      [() => d('1 2; 3 4').gather(1, i('0 0; 1 0')), '1 1; 4 3'],
      [() => d('1 2 3; 4 5 6; 7 8 9').gather(0, i('0 1; 2 1')), '1 5; 7 5'],
      [() => d('1 2 3; 4 5 6; 7 8 9').gather(1, i('2; 0')), '3; 4'],
    ],
  },
  to: {
    formula: 'x in another dtype',
    domain: 'ℝ',
    orders: 3,
    dtypes: ['int32', 'bool'],
    cases: method('to', () => fc.constant(['float64'] as [DType])),
    known: [
      [() => d([1.75, -1.75, 0]).to('int32'), [1, -1, 0]],
      [() => d([1.75, -1, 0]).to('bool'), [true, true, false]],
      [() => tensor([true, false]).to('float64'), [1, 0]],
    ],
  },
  clone: {
    formula: 'x',
    domain: 'ℝ',
    ...moved,
    cases: method('clone'),
    known: [[() => d('1 2').clone(), '1 2']],
  },
  cat: {
    formula: '(x₀, x₁, …) along an axis',
    domain: 'shapes equal but for the axis',
    ...moved,
    cases: joining('cat', cat, 0),
    known: [
      [() => cat([d('1; 2'), d('3 4; 5 6')], 1), '1 3 4; 2 5 6'],
      [() => cat([d([1]), d([2])]), [1, 2]],
    ],
  },
  stack: {
    formula: 'yₖ = xₖ along a new axis',
    domain: 'equal shapes',
    ...moved,
    cases: joining('stack', stack, 1),
    known: [
      [() => stack([d([1, 2]), d([3, 4])], -1), '1 3; 2 4'],
      [() => stack([d(1), d(2)]), [1, 2]],
    ],
  },
} satisfies Record<string, Row>
