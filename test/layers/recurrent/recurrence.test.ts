// A long sequence in stretches: the state carried over is cut off, and what is said where it is
// not. Options in the place of a state.

import {
  DTypeError,
  detachState,
  LSTM,
  LSTMCell,
  ones,
  RNN,
  rand,
  SGD,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { expectClose } from '../../support/numbers.ts'
import { attempt } from '../../support/refusal.ts'

describe('truncated backpropagation through time', () => {
  /** Trains on stretches, carrying the state over by `carry`; gives the last error. */
  const train = (
    carry: (state: { h: Tensor; c: Tensor }) => { h: Tensor; c: Tensor },
    options: { retainGraph?: boolean } = {},
  ): string => {
    const lstm = new LSTM(2, 3)
    const optimiser = new SGD(lstm.parameters(), { lr: 0.1 })
    let state: { h: Tensor; c: Tensor } | undefined
    return attempt(() => {
      for (let stretch = 0; stretch < 3; stretch++) {
        const result = lstm.forward(rand([1, 4, 2]), state)
        optimiser.zeroGrad()
        result.output.square().sum().backward(options)
        optimiser.step()
        state = carry(result.state)
      }
    })
  }

  it('goes on with a state that is cut off', () => {
    expect(train(detachState)).toBe('nothing was refused')
    expect(train(detachState, { retainGraph: true })).toBe('nothing was refused')
  })

  it('gives the gradient of the objective whose states at the borders are constants', () => {
    const init = { dtype: 'float64' } as const
    const [lstm, cell] = [new LSTM(2, 3, init), new LSTMCell(2, 3, init)]
    cell.loadStateDict(
      Object.fromEntries(
        Object.entries(lstm.stateDict()).map(([name, t]) => [name.replace('_l0', ''), t]),
      ),
    )
    const x = rand([2, 12, 2], init)
    let carried: { h: Tensor; c: Tensor } | undefined
    for (let at = 0; at < 12; at += 4) {
      const { output, state } = lstm.forward(x.slice(1, at, at + 4), carried)
      output.square().sum().backward()
      carried = detachState(state)
    }
    let loss = zeros([], init)
    let state: { h: Tensor; c: Tensor } | undefined
    for (let t = 0; t < 12; t++) {
      state = cell.forward(x.select(1, t), t % 4 === 0 ? detachState(state) : state)
      loss = loss.add(state.h.square().sum())
    }
    loss.backward()
    const gradients = (of: LSTM | LSTMCell) =>
      of.parameters().map((p) => Array.from((p.grad as Tensor).toTypedArray()))
    expectClose(gradients(lstm), gradients(cell), 1e-12)
  })

  it('says to cut it off, with and without retainGraph', () => {
    expect(train((state) => state)).toMatch(
      /goes on from one that was already walked \(.*\): detach\(\) what is carried over, a state with detachState\(state\), or/,
    )
    expect(train((state) => state, { retainGraph: true })).toMatch(
      /an optimiser has changed since: walk the graph before the change, and detach\(\) values carried over/,
    )
  })
})

describe('detachState', () => {
  it('gives the same numbers under the same names, cut off', () => {
    const state = new LSTMCell(2, 3).forward(ones([1, 2]))
    const cut = detachState(state)
    expect(Object.keys(cut)).toEqual(['h', 'c'])
    for (const name of ['h', 'c'] as const) {
      expect(state[name].requiresGrad).toBe(true)
      expect(cut[name].requiresGrad).toBe(false)
      expect(cut[name].toArray()).toEqual(state[name].toArray())
    }
  })

  it('leaves nothing nothing', () => {
    expect(detachState(undefined)).toBe(undefined)
  })

  it.each<[unknown, string, kind?: typeof ValueError]>([
    [null, 'a state of tensors, such as { h, c }, got null'],
    [{}, 'a state of tensors, such as { h, c }, got {}'],
    [[ones([1])], 'a state of tensors, such as { h, c }, got [Tensor (1)]'],
    [ones([1]), 'a state of tensors, such as { h, c }, got Tensor (1)'],
    [{ h: ones([1]), c: 3 }, 'c to be a Tensor, got 3', DTypeError],
    [
      { h: { ...ones([1]) } },
      'h to be a Tensor, got one of another copy of tapegrad: load the package once',
      DTypeError,
    ],
  ])('refuses %s', (state, got, kind = ValueError) => {
    expect(() => detachState(state as object)).toThrow(new kind(`detachState: expected ${got}`))
  })
})

describe.each([
  ['RNN', new RNN(2, 3)],
  ['LSTM', new LSTM(2, 3)],
])('%s', (name, layer) => {
  const x = rand([2, 4, 2])

  it('takes lengths in the place of a state', () => {
    const lengths = [1, 3]
    const [first, third] = [layer.forward(x, { lengths }), layer.forward(x, undefined, { lengths })]
    expect(first.output.toArray()).toEqual(third.output.toArray())
    expect(first.state.h.toArray()).toEqual(third.state.h.toArray())
    expect(first.output.select(0, 0).select(0, 1).toArray()).toEqual([0, 0, 0])
    expect(layer.forward(x, { lengths: undefined }).output.toArray()).toEqual(
      layer.forward(x).output.toArray(),
    )
  })

  it('takes mask and resets in the place of a state', () => {
    const mask = tensor([
      [true, false, true, true],
      [false, true, true, true],
    ])
    const { output } = layer.forward(x, { mask, resets: mask })
    expect(output.toArray()).toEqual(
      layer.forward(x, undefined, { mask, resets: mask }).output.toArray(),
    )
    expect(output.select(1, 0).select(0, 1).toArray()).toEqual([0, 0, 0])
    expect(layer.forward(x, { resets: mask }).output.toArray()).not.toEqual(
      layer.forward(x).output.toArray(),
    )
  })

  it('refuses what is neither', () => {
    const call =
      (...args: unknown[]) =>
      () =>
        Reflect.apply(layer.forward, layer, [x, ...args])
    const state = `${name}(2 → 3): expected a state { ${name === 'RNN' ? 'h' : 'h, c'} }`
    expect(call({ lenghts: [1, 2] })).toThrow(`${state}, got { lenghts }`)
    expect(call({})).toThrow(`${state}, got {}`)
    expect(call({ lengths: [1, 2] }, {})).toThrow(`${state}, got { lengths }`)
    expect(call({ lengths: [1, 2], h: 1 })).toThrow(
      `${name}(2 → 3): unknown option 'h': expected lengths, mask, resets`,
    )
    expect(call({ lengths: [9, 9] })).toThrow(
      'expected length 0 to be a whole number from 0 to 4, got 9',
    )
  })
})
