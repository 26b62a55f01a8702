// Two copies of the package in one program: a warning when the second is loaded, and at every
// entrance an error that says what the matter is.

import * as first from 'tapegrad'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
let second: typeof first

beforeAll(async () => {
  vi.resetModules()
  second = await import('tapegrad')
})
afterAll(() => warnings.mockRestore())

it('the second is warned of, once, and no further one', async () => {
  expect(second.Tensor).not.toBe(first.Tensor)
  vi.resetModules()
  await import('tapegrad')
  expect(warnings.mock.calls).toEqual([
    [
      expect.stringMatching(
        /^tapegrad: expected to be loaded once, got a second copy: .*noGrad, manualSeed and detectAnomaly.*npm ls tapegrad$/,
      ),
    ],
  ])
  expect(Object.keys(globalThis)).not.toContain('tapegrad')
})

describe('says so of what the other copy made', () => {
  const { ones, Linear } = first
  const calls: Record<string, (foreign: first.Tensor) => unknown> = {
    add: (t) => ones([1]).add(t),
    matmul: (t) => ones([1, 1]).matmul(t),
    where: (t) => ones([1]).where(t, 0),
    'where()': (t) => first.where(t, 1, 0),
    cat: (t) => first.cat([ones([1]), t]),
    stack: (t) => first.stack([t]),
    tensor: (t) => first.tensor([t] as never),
    grad: (t) => first.grad(t, t),
    backward: (t) => ones([1], { requiresGrad: true }).mul(1).backward(t),
    valueAndGrad: (t) => first.valueAndGrad((x) => x, t),
    'fn of valueAndGrad': (t) => first.valueAndGrad(() => t, ones([1])),
    assign_: (t) => ones([1]).assign_(t),
    'grad =': (t) => Reflect.set(ones([1]), 'grad', t),
    unary: (t) => first.unary('u', { f: (x) => x, vjp: (g) => g })(t),
    tape: (t) => first.tape(t),
    'Linear.forward': (t) => new Linear(1, 1).forward(t),
    'Embedding.forward': (t) => new first.Embedding(1, 1).forward(t),
    'LSTM.forward': (t) => new first.LSTM(1, 1).forward(t),
    'LSTM state': (t) => new first.LSTM(1, 1).forward(ones([1, 1, 1]), { h: t, c: t }),
    detachState: (t) => first.detachState({ h: t }),
    crossEntropy: (t) => first.crossEntropy(t, ones([1])),
    mseLoss: (t) => first.mseLoss(ones([1]), t),
    SGD: (t) => new first.SGD([t], { lr: 1 }),
    clipGradNorm: (t) => first.clipGradNorm([t], 1),
    loadStateDict: (t) => new Linear(1, 1).loadStateDict({ weight: t, bias: t }),
    rand: () => first.rand([1], { generator: new second.Generator(1) as never }),
    Linear: () => new Linear(1, 1, { generator: new second.Generator(1) as never }),
    Sequential: () => new first.Sequential(new second.Linear(1, 1) as never),
    'a field': () =>
      new (class extends first.Module {
        inner = new second.Linear(1, 1)
        forward(): void {}
      })().parameters(),
  }
  it.each(Object.entries(calls))('%s', (_, call) => {
    expect(() => call(second.ones([1]) as never)).toThrow(/another copy/)
  })

  it('and not of its own', () => {
    expect(() => new first.Sequential(ones([1]) as never)).toThrow(
      'expected layer 0 to be a Module, got Tensor (1)',
    )
    expect(() => first.rand([1], { generator: new Linear(1, 1) as never })).toThrow(
      'expected a Generator, got Linear',
    )
  })
})
