// What optimisers refuse, and in which words.
import {
  Adam,
  type AdamOptions,
  AdamW,
  Linear,
  ones,
  SGD,
  type SGDOptions,
  TapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { float64 } from '../../support/tensors.ts'

describe('refusals', () => {
  const p = ones([2, 3], { requiresGrad: true })
  const adam = (options: unknown) => () => new Adam([p], options as AdamOptions)
  const sgd = (options: unknown) => () => new SGD([p], options as SGDOptions)
  const over = (parameters: unknown) => () => new Adam(parameters as Tensor[])

  it('of options', () => {
    expect(adam({ lr: -1 })).toThrow(ValueError)
    expect(adam({ lr: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Adam: expected lr to be a finite number ≥ 0, got -1]`,
    )
    expect(adam({ lr: Number.NaN })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Adam: expected lr to be a finite number ≥ 0, got NaN]`,
    )
    expect(adam({ betas: [0.9, 1] })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Adam: expected betas to be two numbers in [0, 1), got [0.9, 1]]`,
    )
    expect(adam({ betas: 0.9 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Adam: expected betas to be two numbers in [0, 1), got 0.9]`,
    )
    expect(adam({ eps: -1e-8 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Adam: expected eps to be a finite number ≥ 0, got -1e-8]`,
    )
    expect(adam({ learningRate: 0.1 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Adam: unknown option 'learningRate': expected lr, betas, eps, weightDecay]`,
    )
    expect(adam(0.1)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Adam: expected options { lr, betas, eps, weightDecay }, got 0.1]`,
    )
    expect(sgd({})).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: SGD: expected lr to be a finite number ≥ 0, got undefined]`,
    )
    expect(sgd({ lr: 0.1, momentum: -0.9 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: SGD: expected momentum to be a finite number ≥ 0, got -0.9]`,
    )
    expect(sgd({ lr: 0.1, weightDecay: Number.NaN })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: SGD: expected weightDecay to be a finite number ≥ 0, got NaN]`,
    )
    expect(sgd({ lr: 0.1, nesterov: true })).toThrowErrorMatchingInlineSnapshot(
      '[ValueError: SGD: expected momentum above 0 and dampening 0 with nesterov, got momentum ' +
        '0 and dampening 0]',
    )
    expect(sgd({ lr: 0.1, nesterov: true, momentum: Symbol('μ') })).toThrow(ValueError)
    expect(sgd({ lr: 0.1, nesterov: 'yes' })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: SGD: expected nesterov to be true or false, got "yes"]`,
    )
    expect(() => {
      new AdamW([p]).lr = Number.NaN
    }).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: AdamW: expected lr to be a finite number ≥ 0, got NaN]`,
    )
    expect(adam({ lr: undefined })().lr).toBe(1e-3)
  })

  it('of parameters', () => {
    expect(over([])).toThrow(ValueError)
    expect(over([])).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Adam: expected at least one parameter, got none]`,
    )
    expect(over(new Linear(2, 2))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Adam: expected an array of tensors, got Linear: pass model.parameters()]`,
    )
    expect(over([p, null])).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: Adam: expected parameter 1 to be a Tensor, got null]`,
    )
    expect(over([p, ones([2]), p])).toThrow(TapeError)
    expect(over([p, ones([2]), p])).toThrowErrorMatchingInlineSnapshot(
      '[TapeError: Adam: expected parameter 1 (2) to require a gradient: make it with { ' +
        'requiresGrad: true }]',
    )
    expect(over([p.mul(2)])).toThrow(TapeError)
    expect(over([p.mul(2)])).toThrowErrorMatchingInlineSnapshot(
      '[TapeError: Adam: expected parameter 0 (2, 3) to be a leaf, got the result of an op: ' +
        'optimise what it is computed from]',
    )
    expect(over([p, p])).toThrow(ValueError)
    expect(over([p, p])).toThrowErrorMatchingInlineSnapshot(
      '[ValueError: Adam: expected each parameter once, got parameter 0 again as parameter 1 ' +
        '(2, 3)]',
    )
  })

  it('of state dicts, listing everything, and nothing changes', () => {
    const q = ones([4], { requiresGrad: true })
    const optimizer = new Adam([p, q], { lr: 0.25 })
    p.grad = ones([2, 3])
    optimizer.step()
    const before = JSON.stringify(plain(optimizer.stateDict()))
    const good = optimizer.stateDict()
    const load = (state: unknown) => () => optimizer.loadStateDict(state as typeof good)
    expect(load({ ...good, optimizer: 'AdamW' })).toThrow(ValueError)
    expect(load({ ...good, optimizer: 'AdamW' })).toThrowErrorMatchingInlineSnapshot(`
      [ValueError: Adam.loadStateDict: this state does not fit:
        expected the state of Adam, got that of "AdamW"]
    `)
    expect(load(null)).toThrowErrorMatchingInlineSnapshot(`
      [ValueError: Adam.loadStateDict: this state does not fit:
        expected the state of Adam, got that of undefined]
    `)
    const older = { optimizer: 'Adam', state: good.state }
    expect(
      load({ ...older, options: { lr: -1, betas: [0, 0], eps: 0, momentum: 1 } }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [ValueError: Adam.loadStateDict: this state does not fit:
        options: unknown option 'momentum': expected lr, betas, eps, weightDecay
        options: expected lr to be a finite number ≥ 0, got -1
        options: expected weightDecay to be a finite number ≥ 0, got undefined]
    `)
    const { initialLr, params, paramNames, ...options } = good.paramGroups[0]
    expect(
      load({ ...older, options, state: good.state.slice(1) }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [ValueError: Adam.loadStateDict: this state does not fit:
        state: expected one for each of 2 parameters, got 1]
    `)
    expect(load({ ...good, state: good.state.slice(1) })).toThrowErrorMatchingInlineSnapshot(`
      [ValueError: Adam.loadStateDict: this state does not fit:
        state: expected one for each of 2 parameters in paramGroups, got 1]
    `)
    const moments = { m: zeros([4], float64), v: [1, 2, 3, 4] }
    expect(
      load({
        ...good,
        state: [
          { t: 1.5, moments: { v: zeros([2, 4]) } },
          { t: 1, moments },
        ],
      }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [ValueError: Adam.loadStateDict: this state does not fit:
        state 0: expected t to be a count of steps, got 1.5
        state 0: expected m to be (2, 3) float32, got undefined
        state 0: expected v to be (2, 3) float32, got (2, 4) float32
        state 1: expected m to be (4) float32, got (4) float64
        state 1: expected v to be (4) float32, got [1, 2, 3, 4]]
    `)
    expect(
      load({
        ...good,
        state: good.state.map((one) => one && { ...one, moments: { ...one.moments, w: 1 } }),
      }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [ValueError: Adam.loadStateDict: this state does not fit:
        state 0: expected moments m, v, got w]
    `)
    const [m, v] = [zeros([2, 3]), ones([2, 3])]
    v.select(0, 1).assign_(tensor([0, Number.NaN, -0.5]))
    expect(
      load({ ...good, state: [{ t: 1, moments: { m, v } }, null] }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [ValueError: Adam.loadStateDict: this state does not fit:
        state 0: expected v to be ≥ 0 everywhere, got -0.5]
    `)
    const memory = good.state.map((one) => one && { t: one.t, averages: one.moments })
    expect(load({ optimizer: 'Adam', options, memory })).toThrowErrorMatchingInlineSnapshot(`
      [ValueError: Adam.loadStateDict: this state does not fit:
        expected { optimizer, paramGroups, state }, got the oldest form: write state for memory, and in it moments for averages]
    `)
    expect(JSON.stringify(plain(optimizer.stateDict()))).toBe(before)
  })
})

/** A state dict with its tensors as nested arrays. */
function plain(state: ReturnType<Adam['stateDict']>): unknown {
  return {
    ...state,
    state: state.state.map(
      (one) => one && { t: one.t, m: one.moments.m.toArray(), v: one.moments.v.toArray() },
    ),
  }
}
