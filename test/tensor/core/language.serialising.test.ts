// Numbers are not lost on the way out: what cannot be written or sent says so, and names what can.

import { Adam, Linear, LSTM, ones, rand, SGD, type Tensor, tensor, ValueError } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { refusal } from '../../support/refusal.ts'

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
  ['a module', layer],
  ['a state dict', layer.stateDict()],
  ['the state of Adam', adam.stateDict()],
  ['the state of SGD', sgd.stateDict()],
  ['an optimiser', adam],
]

describe.each(holders)('%s', (_, holder) => {
  it('is no JSON', () => {
    expect(refusal(ValueError, () => JSON.stringify(holder))).toMatch(
      /^JSON\.stringify: .*toArray\(\).*toTypedArray\(\)/,
    )
    expect(() => JSON.stringify([holder])).toThrow(ValueError)
    expect(() => JSON.stringify({ holder }, null, 2)).toThrow(ValueError)
  })

  it('cannot be cloned', () => {
    expect(() => structuredClone(holder)).toThrow(/toTypedArray\(\).*toArray\(\)/)
    expect(() => structuredClone({ holder })).toThrow('could not be cloned')
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

it('what the messages name can be written and sent', () => {
  const t = ones([2, 2])
  expect(JSON.parse(JSON.stringify(t.toArray()))).toEqual([
    [1, 1],
    [1, 1],
  ])
  const { shape, numbers } = structuredClone({ shape: t.shape, numbers: t.toTypedArray() })
  expect(tensor(numbers, { shape }).toArray()).toEqual(t.toArray())
})

it('the message says where', () => {
  expect(refusal(ValueError, () => JSON.stringify({ w: ones([2, 3]) }))).toMatchInlineSnapshot(
    '"JSON.stringify: expected plain data, got a Tensor (2, 3) as "w": write its toArray(), or ' +
      'its shape and toTypedArray()"',
  )
  expect(refusal(ValueError, () => JSON.stringify(tensor(1)))).toMatchInlineSnapshot(
    '"JSON.stringify: expected plain data, got a Tensor (): write its toArray(), or its shape ' +
      'and toTypedArray()"',
  )
})

it('whoever prints values still gets the text', () => {
  expect((x as Tensor & { toJSON(): string }).toJSON()).toBe(String(x))
})
