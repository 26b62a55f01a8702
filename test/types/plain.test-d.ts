// Where typed and plain tensors meet: what is assignable to what, and what a function over tensors
// may ask of them. The shapes of results are the table's (cases.ts).

import {
  type Dim,
  Embedding,
  Linear,
  LSTM,
  Sequential,
  type Shape,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { describe, expectTypeOf, it } from 'vitest'

type Batch = Dim<'batch'>
type Time = Dim<'time'>

describe('Tensor<S>', () => {
  it('is plain without S', () => {
    expectTypeOf<Tensor>().toEqualTypeOf<Tensor<Shape>>()
    expectTypeOf<Tensor<readonly [32, 10]>>().toExtend<Tensor>()
    expectTypeOf(tensor([[1, 2]])).toExtend<Tensor>()
  })

  it('fits wherever its sizes may be those', () => {
    expectTypeOf<Tensor<readonly [32, 10]>>().toExtend<Tensor<readonly [number, 10]>>()
    expectTypeOf<Tensor<readonly [number, 10]>>().toExtend<Tensor<readonly [32, 10]>>()
    expectTypeOf<Tensor>().toExtend<Tensor<readonly [32, 10]>>()
    expectTypeOf<Tensor<readonly [32, 10]>>().not.toExtend<Tensor<readonly [32, 11]>>()
    expectTypeOf<Tensor<readonly [32, 10]>>().not.toExtend<Tensor<readonly [32]>>()
    expectTypeOf<Tensor<readonly [Batch, 10]>>().not.toExtend<Tensor<readonly [Time, 10]>>()
  })

  it('goes into collections and functions of plain tensors', () => {
    const sizes = (of: readonly Tensor[]): number[] => of.map((t) => t.size)
    expectTypeOf(sizes).toBeCallableWith([zeros([2, 3]), zeros([4])])
    const double = (x: Tensor): Tensor => x.mul(2)
    expectTypeOf(double(zeros([2, 3]))).toEqualTypeOf<Tensor>()
  })

  it('keeps its shape in a function that asks for a rank', () => {
    const scores = (x: Tensor<readonly [number, 8]>) => x.matmul(zeros([8, 3] as const)).softmax(-1)
    expectTypeOf(scores).returns.toEqualTypeOf<Tensor<readonly [number, 3]>>()
    // @ts-expect-error its last axis has 7 elements
    scores(zeros([2, 7] as const))
    const plain: Tensor = zeros([2, 8])
    scores(plain)
  })
})

describe('models', () => {
  it('are composed without a cast', () => {
    const model = new Sequential(new Linear(4, 8), new Linear(8, 3))
    expectTypeOf(model.forward(zeros([5, 4] as const))).toEqualTypeOf<Tensor<readonly [5, 3]>>()
    const { output } = new LSTM(4, 8).forward(zeros([6, 2, 4] as const))
    expectTypeOf(output).toEqualTypeOf<Tensor<readonly [6, 2, 8]>>()
  })

  it('hold their layers against each other whatever comes in', () => {
    const x: Tensor = zeros([5, 4])
    expectTypeOf(
      new Sequential(new Linear(4, 8), new Linear(8, 3)).forward(x),
    ).toEqualTypeOf<Tensor>()
    // @ts-expect-error Linear(9 → 3): expected x of shape (…, 9), got (…, 8)
    new Sequential(new Linear(4, 8), new Linear(9, 3)).forward(x)
    // @ts-expect-error Linear(5 → 3): expected x of shape (…, 5), got (…, 4)
    new Sequential(new Embedding(9, 4), new Sequential(new Linear(5, 3))).forward(x)
  })

  it('take data whose shape nobody knows', () => {
    const data = tensor(JSON.parse('[[1, 2, 3, 4]]') as number[][])
    expectTypeOf(new Linear(4, 8).forward(data)).toExtend<Tensor>()
  })
})
