// Sizes of ONNX models that follow from named axes: whatever a function makes of them.
import { arange, cat, full, Linear, LSTM, stack, type Tensor, tensor, zeros } from 'tapegrad'
import { it, test } from 'vitest'
import { drawn, expectSame, expectSameAtAll, int32 } from './runtime.ts'

const at = (x: Tensor, axis: number): number => x.shape[axis] as number
const [linear, lstm] = [new Linear(4, 3), new LSTM(4, 3)]

const shapes: [string, (x: Tensor) => Tensor | Tensor[]][] = [
  ['a mean', (x) => x.mean(1)],
  ['a mean of all', (x) => x.mean()],
  ['a variance', (x) => x.sub(x.mean(1, true)).square().sum(1).div(at(x, 1))],
  ['an inverse', (x) => x.sum(1).mul(1 / at(x, 1))],
  ['flat', (x) => x.reshape([-1, 2])],
  ['axes joined', (x) => x.flatten(0, 1).matmul(x.select(0, 0).slice(0, 0, 1).t())],
  ['back to front', (x) => x.flip([0, 1])],
  ['the last steps', (x) => x.slice(1, -3)],
  ['the first steps', (x) => [x.slice(1, 0, 5), x.slice(1, 0, 5).sum(1), x.slice(1, 4, 6).sum(1)]],
  ['steps of a part', (x) => x.slice(1, 0, 3).slice(1, -2)],
  ['all but some steps', (x) => [x.slice(1, 0, -5), x.slice(1, 0, 4, 3)]],
  ['all but the last step', (x) => [cat([x, x], 1).slice(1, 0, -1), x.slice(1, 0, -1)]],
  [
    'one step less',
    (x) => {
      const [sums, N, T] = [x.sum(2), at(x, 0), at(x, 1)]
      return [
        sums.slice(1, 1).add(zeros([N, T - 1]).add(3)),
        sums.add(zeros([N, T]).add(3)),
        sums
          .slice(1, 1)
          .sum()
          .div(N * (T - 1)),
      ]
    },
  ],
  ['a layer behind one step more', (x) => linear.forward(cat([x, zeros([at(x, 0), 1, 4])], 1))],
  ['a layer over the first steps', (x) => lstm.forward(x.slice(1, 0, 6)).output],
  ['every second step', (x) => cat([x, x], 1).slice(1, 1, undefined, 2)],
  ['axes in another order', (x) => x.permute([1, 2, 0]).reshape([-1])],
  ['a number for each step', (x) => x.mul(zeros(x.shape).add(2))],
  ['a vector for each step', (x) => x.add(tensor([1, 2, 3, 4]).broadcastTo(x.shape))],
  ['as wide as another', (x) => x.sum(1, true).broadcastTo(x.shape)],
  ['twice', (x) => stack([x, x.neg()], 1).reshape([at(x, 0), -1])],
  ['pieces', (x) => x.chunk(2, 2)],
  ['positions', (x) => x.add(arange(0, at(x, 1), 1).mul(0.5).unsqueeze(1))],
  ['a size in a tensor', (x) => x.mul(full([4], at(x, 1)))],
  ['a bound that is a size', (x) => x.mul(9).clamp(0, at(x, 1) - 1)],
  ['a place that is a size', (x) => x.select(1, at(x, 1) - 1)],
  ['both sizes in a sum', (x) => x.mul(at(x, 0) + 2 * at(x, 1) - 1)],
  [
    'a size that is also in an index',
    (x) =>
      x.sum(2).gather(
        1,
        int32([0])
          .unsqueeze(0)
          .broadcastTo([at(x, 0), 1]),
      ),
  ],
]
test.each(shapes)('%s', async (_, fn) => {
  const count = [fn(zeros([2, 3, 4]))].flat().length
  const outputs = Array.from({ length: count }, (_, i) => `y${i}`)
  await expectSameAtAll(fn, { inputs: { x: { shape: ['N', 'T', 4] } }, outputs })
})

it('of three axes, and of two sequences', async () => {
  const options = {
    inputs: { x: { shape: ['N', 'S', 'T'] }, y: { shape: ['N', 'U', 'T'] } },
    outputs: ['mean', 'joined', 'padded', 'flat'],
  }
  const joined = (x: Tensor, y: Tensor) => {
    const both = cat([x, y], 1)
    const more = cat([x, zeros([at(x, 0), at(x, 1), 1])], 2)
    return [both.mean([1, 2]), both, more.mean([1, 2]), both.slice(1, 1).flatten(1)]
  }
  const sizes = [
    { N: 1, S: 2, T: 3, U: 1 },
    { N: 3, S: 7, T: 4, U: 12 },
  ]
  await expectSame(
    joined,
    options,
    sizes.map((own, i) => drawn(options, own, i)),
    1e-5,
  )
})
