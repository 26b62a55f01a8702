// Numbers are not lost on the way out: what cannot be sent says so, and names what can. What JSON
// writes is held in test/tensor/inspect/json.test.ts.

import { Adam, Dropout, Linear, LSTM, Module, ones, rand, SGD, type Tensor, tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'

const layer = new Linear(2, 3)
const [adam, sgd] = [
  new Adam(layer.parameters()),
  new SGD(layer.parameters(), { lr: 0.1, momentum: 0.9 }),
]
layer
  .forward(ones([4, 2]))
  .square()
  .sum()
  .backward()
for (const optimizer of [adam, sgd]) optimizer.step()
const x = tensor([1, 2], { requiresGrad: true })

const holders: [string, unknown][] = [
  ['a leaf', x],
  ['a tensor without a gradient', rand([100])],
  ['a bool', tensor([true])],
  ['an empty tensor', ones([0])],
  ['a result', x.square()],
  ['a view', ones([2, 3]).reshape([3, 2])],
  ['a transpose', ones([2, 3]).t()],
  ['a result that keeps more for its derivative', new LSTM(2, 3).forward(ones([1, 2, 2])).output],
  ['an object', { deep: [{ x }] }],
  ['a state dict', layer.stateDict()],
  ['the state of Adam', adam.stateDict()],
  ['the state of SGD', sgd.stateDict()],
  ['an optimiser', adam],
]

describe.each(holders)('%s', (_, holder) => {
  it('cannot be cloned', () => {
    const message = /Symbol\(a Tensor: .*toTypedArray\(\).*toArray\(\).*stateDict\(\)\) could not/
    expect(() => structuredClone(holder)).toThrow(message)
    expect(() => structuredClone({ holder })).toThrow(message)
  })

  it('cannot be sent', () => {
    const { port1, port2 } = new MessageChannel()
    try {
      expect(() => port1.postMessage(holder)).toThrow(/toTypedArray\(\).*toArray\(\)/)
    } finally {
      for (const port of [port1, port2]) port.close()
    }
  })
})

class Hidden extends Module {
  #inner = new Linear(2, 2)
  protected override fields(): [string, unknown][] {
    return [...super.fields(), ['inner', this.#inner]]
  }
  forward(x: Tensor): Tensor {
    return this.#inner.forward(x)
  }
}

it.each<[string, unknown]>([
  ['a layer', layer],
  ['one whose fields hold functions', new LSTM(2, 3)],
  ['one without tensors', new Dropout(0.5)],
  ['one with #private fields', new Hidden()],
  ['an object that holds one', { deep: [new Dropout(0.5)] }],
])('%s cannot be cloned', (_, holder) => {
  expect(() => structuredClone(holder)).toThrow(
    'Symbol(a Module: send JSON.stringify of it or of its stateDict()) could not be cloned',
  )
})

it('what the message names can be sent', () => {
  const t = ones([2, 2])
  expect(structuredClone(t.toArray())).toEqual(t.toArray())
  const { shape, numbers } = structuredClone({ shape: t.shape, numbers: t.toTypedArray() })
  expect(tensor(numbers, { shape }).toArray()).toEqual(t.toArray())
})

it('whoever prints values gets the text', () => {
  expect((x as Tensor & { toJSON(): string }).toJSON()).toBe(String(x))
  expect(layer.toJSON()).toBe(String(layer))
  expect(adam.toJSON()).toBe('Adam, lr 0.001')
})
