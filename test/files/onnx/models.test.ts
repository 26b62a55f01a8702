// Models as ONNX models, at several sizes of their named axes.
import {
  cat,
  crossEntropy,
  Dropout,
  Embedding,
  fuse,
  GRU,
  Linear,
  LSTM,
  Module,
  noGrad,
  Recurrent,
  RNN,
  type Tensor,
  tensor,
  where,
  zeros,
} from 'tapegrad'
import { describe, expect, it, test } from 'vitest'
import { type OnnxOptions, toOnnx } from '../../../src/files/index.ts'
import { latin } from '../words.ts'
import { drawn, expectSame, expectSameAtAll, int32 } from './runtime.ts'

const tokens = { tokens: { shape: ['N', 'T'], dtype: 'int32' } } as const
const sequences = { x: { shape: ['N', 'T', 4] } } as const

class Characters extends Module {
  embedding = new Embedding(27, 8)
  lstm = new LSTM(8, 16, { numLayers: 2, dropout: 0.3 })
  readOut = new Linear(16, 27)
  forward(x: Tensor) {
    return this.readOut.forward(this.lstm.forward(this.embedding.forward(x)).output)
  }
}

class Classifier extends Module {
  embedding = new Embedding(9, 6)
  lstm = new LSTM(6, 5, { numLayers: 2, bidirectional: true })
  dropout = new Dropout(0.5)
  readOut = new Linear(10, 3)
  forward(x: Tensor) {
    const last = this.lstm.forward(this.embedding.forward(x)).output.select(1, -1)
    return this.readOut.forward(this.dropout.forward(last)).logSoftmax(-1)
  }
}

class Leaky extends Module {
  stateSize = { h: 6, sum: 6 }
  input = new Linear(4, 6)
  recurrent = new Linear(6, 6, { bias: false })
  gain = tensor([1, 2, 3, 4, 5, 6])
  forward(x: Tensor, { h, sum }: { h: Tensor; sum: Tensor }) {
    const n = this.input.forward(x).add(this.recurrent.forward(h)).tanh()
    const kept = where(n.gt(0), n, n.mul(this.gain)).clamp(-0.5, Infinity)
    const norm = n.square().sum(1, true).add(1).sqrt()
    return { h: cat([h.slice(1, 3), kept.slice(1, 0, 3)], 1).div(norm), sum: sum.add(h) }
  }
}

it('a language model of two layers, in training before', async () => {
  const model = new Characters()
  model.eval()
  await expectSameAtAll((x) => model.forward(x).softmax(-1), {
    inputs: tokens,
    outputs: ['probabilities'],
  })
})

it('a classifier in two directions, from its last step', async () => {
  const model = new Classifier()
  model.eval()
  await expectSameAtAll((x) => model.forward(x), { inputs: tokens, outputs: ['logits'] })
})

it('one step, with states in and out', async () => {
  const [embedding, lstm, readOut] = [new Embedding(27, 8), new LSTM(8, 16), new Linear(16, 27)]
  const step = (token: Tensor, h: Tensor, c: Tensor) => {
    const { output, state } = lstm.forward(embedding.forward(token), { h, c })
    return [readOut.forward(output), state.h, state.c]
  }
  await expectSameAtAll(step, {
    inputs: {
      token: { shape: ['N', 1], dtype: 'int32' },
      h: { shape: [1, 'N', 16] },
      c: { shape: [1, 'N', 16] },
    },
    outputs: ['logits', 'h1', 'c1'],
  })
})

it('a mask, given as an input', async () => {
  const [gru, readOut] = [new GRU(4, 6), new Linear(6, 5)]
  const pooled = (x: Tensor, mask: Tensor) => {
    const scores = readOut.forward(gru.forward(x).output)
    const kept = scores.where(mask.unsqueeze(-1), -1e9)
    const count = mask.to('float32').sum(1, true).maximum(1)
    const mean = scores.mul(mask.unsqueeze(-1).to('float32')).sum(1).div(count)
    return [kept.max(1), mean, kept.argmax(-1), mask.sum()]
  }
  await expectSameAtAll(pooled, {
    inputs: { ...sequences, mask: { shape: ['N', 'T'], dtype: 'bool' } },
    outputs: ['max', 'mean', 'best', 'count'],
  })
})

interface Layer extends Module {
  forward(x: Tensor): { output: Tensor; state: object }
}

/** Whether a model has a node of this kind: nodes are named by it. */
const hasNode = (bytes: Uint8Array, op: string): boolean => latin(bytes).includes(`${op} #`)

describe('recurrent layers', () => {
  const both = { numLayers: 2, bidirectional: true } as const
  const layers: [string, Layer, 'node' | 'Scan'][] = (
    [
      ['LSTM', new LSTM(4, 5, both), 'node'],
      ['LSTM without biases', new LSTM(4, 5, { bias: false }), 'node'],
      ['LSTM with peepholes', new LSTM(4, 5, { peepholes: true, learnState: true }), 'node'],
      ['LSTM of two widths', new LSTM(4, [5, 3]), 'node'],
      ['LSTM, time first', new LSTM(4, 5, { batchFirst: false }), 'node'],
      ['GRU', new GRU(4, 5, both), 'node'],
      ['GRU without biases', new GRU(4, 5, { bias: false }), 'node'],
      ['GRU, reset before', new GRU(4, 5, { resetAfter: false }), 'node'],
      ['RNN', new RNN(4, 5, both), 'node'],
      ['RNN of relu', new RNN(4, 5, { nonlinearity: 'relu' }), 'node'],
      ['LSTM with coupled gates', new LSTM(4, 5, { ...both, coupledGates: true }), 'Scan'],
      ['LSTM with a projection', new LSTM(4, 5, { ...both, projSize: 3 }), 'Scan'],
      ['LSTM that clips', new LSTM(4, 5, { cellClip: 0.1 }), 'Scan'],
      ['LSTM with zoneout', new LSTM(4, 5, { zoneout: 0.2, recurrentDropout: 0.5 }), 'Scan'],
      ['LSTM of float64', new LSTM(4, 5, { ...both, dtype: 'float64' }), 'Scan'],
      [
        'LSTM of float64, normalised',
        new LSTM(4, 5, { layerNorm: true, dtype: 'float64' }),
        'Scan',
      ],
      ['a cell of a caller', new Recurrent(new Leaky()), 'Scan'],
    ] as const
  ).map(([name, layer, kind]) => [name, layer as unknown as Layer, kind])

  test.each(layers)('%s', async (_, layer, kind) => {
    layer.eval()
    const isWide = (layer.parameters()[0] as Tensor).dtype === 'float64'
    const flat = (x: Tensor) => {
      const { output, state } = layer.forward(x)
      return [output, ...Object.values(state).flat()] as Tensor[]
    }
    const results = flat(zeros([1, 1, 4], { dtype: isWide ? 'float64' : 'float32' }))
    const options: OnnxOptions = {
      inputs: { x: { shape: ['N', 'T', 4], dtype: isWide ? 'float64' : 'float32' } },
      outputs: results.map((_, i) => `y${i}`),
    }
    expect(hasNode(toOnnx(flat, options), 'Scan')).toBe(kind === 'Scan')
    await expectSameAtAll(flat, options, isWide ? 1e-12 : 1e-6)
  })

  it('with a weight that depends on an input', async () => {
    const lstm = new LSTM(4, 5)
    const scaled = (x: Tensor, scale: Tensor) => {
      const own = lstm.weight_ih_l0 as Tensor
      lstm.weight_ih_l0 = own.mul(scale)
      const { output } = lstm.forward(x)
      lstm.weight_ih_l0 = own
      return output
    }
    const inputs = { ...sequences, scale: { shape: [20, 1] } }
    await expectSameAtAll(scaled, { inputs, outputs: ['y'] })
  })

  it('with every state', async () => {
    const lstm = new LSTM(4, 5)
    const every = (x: Tensor) => Object.values(lstm.forward(x, { every: true }).states)
    await expectSameAtAll(every, { inputs: sequences, outputs: ['h', 'c'] })
  })
})

it('small numbers keep their accuracy', async () => {
  const options = { inputs: { x: { shape: [5] } }, outputs: ['softplus', 'log1p'] }
  const numbers = tensor([-20, 1e-8, -1e-8, 30, 0])
  const fn = (x: Tensor) => [x.softplus().log(), x.clamp(-0.5, Infinity).log1p().mul(1e8)]
  await expectSame(fn, options, [[numbers]], 1e-6)
})

it('whole numbers of a range of the caller', async () => {
  const table = new Embedding(9, 3)
  const options = {
    inputs: { x: { shape: ['N'], dtype: 'int32', range: [1, 9] } },
    outputs: ['y'],
  } as const
  await expectSame((x) => table.forward(x.sub(1)), options, [[int32([1, 9, 5])]], 0)
})

it('what is made at the first call alone', async () => {
  let table: Tensor | undefined
  const lazy = (x: Tensor) => {
    table ??= tensor([1, 2, 3, 4]).sin().detach()
    return x.add(table)
  }
  await expectSameAtAll(lazy, { inputs: sequences, outputs: ['y'] })
})

it('axes of one size in another order', async () => {
  const options = { inputs: { x: { shape: [3, 3, 3] } }, outputs: ['y'] }
  await expectSame((x) => x.permute([2, 0, 1]), options, [drawn(options, {}, 1)], 0)
})

it('a fused function, and a loss of known targets', async () => {
  const gelu = fuse((x: Tensor) => x.mul(x.mul(1.702).sigmoid()))
  const options = { inputs: { x: { shape: [3, 4] } }, outputs: ['gelu', 'losses'] }
  const targets = int32([1, 0, 3])
  await expectSame(
    (x) => [gelu(x), crossEntropy(x, targets, { reduction: 'none' })],
    options,
    [drawn(options, {}, 1)],
    1e-6,
  )
})

it('a function that computes inside of noGrad, with detached and cloned tensors', async () => {
  const weights = tensor([1, 2, 3, 4], { requiresGrad: true })
  const scaled = (x: Tensor) => noGrad(() => x.mul(weights.add(1).detach()).clone())
  await expectSameAtAll(scaled, { inputs: sequences, outputs: ['y'] })
})

it('stores once what does not depend on an input, and leaves the model as it was', () => {
  const linear = new Linear(64, 64)
  const before = linear.weight.toArray()
  const twice = (x: Tensor) => linear.forward(linear.forward(x))
  const bytes = toOnnx(twice, { inputs: { x: { shape: ['N', 64] } }, outputs: ['y'] })
  expect(bytes.length).toBeLessThan(1.1 * 4 * linear.weight.size)
  expect(linear.weight.toArray()).toEqual(before)
  expect(linear.weight.grad).toBeNull()
})
