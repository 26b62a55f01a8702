// What asking for gradients refuses, with its messages.

import {
  checkpoint,
  DTypeError,
  detectAnomaly,
  enableGrad,
  grad,
  Linear,
  Module,
  noGrad,
  ShapeError,
  TapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { refusal, untyped } from '../../support/refusal.ts'
import { leaf } from '../../support/tensors.ts'

const three = (): Tensor => leaf([1, 2, 3], 'float32')

describe('gradients', () => {
  it('backward without a gradient for many elements', () => {
    expect(refusal(TapeError, () => three().square().backward())).toMatchInlineSnapshot(
      '"backward: expected a gradient for an output of shape (3): reduce it to one number ' +
        'first, or pass a tensor of that shape"',
    )
    expect(refusal(TapeError, () => grad(three().square(), three()))).toMatchInlineSnapshot(
      '"grad: expected a gradient for an output of shape (3): reduce it to one number first, or ' +
        'pass a tensor of that shape"',
    )
  })
  it('of whole numbers and flags, which can have none', () => {
    const w = three()
    const said = (wanted: string, dtype: string): string =>
      `expected ${wanted} to be float32 or float64, got ${dtype}: only floats have gradients`
    expect(refusal(DTypeError, () => w.argmax().backward())).toBe(
      `backward: ${said('an output ()', 'int32')}`,
    )
    expect(refusal(DTypeError, () => grad(w.sum(), w.gt(0)))).toBe(
      `grad: ${said('input 0 (3)', 'bool')}`,
    )
    expect(refusal(DTypeError, () => w.gt(0).registerHook(() => {}))).toBe(
      `registerHook: ${said('a tensor (3)', 'bool')}`,
    )
  })
  it('gradients that do not fit', () => {
    const w = three()
    expect(refusal(ShapeError, () => w.square().backward(zeros([2])))).toMatchInlineSnapshot(
      `"backward: expected a gradient of shape (3), got (2)"`,
    )
    expect(
      refusal(DTypeError, () => w.square().backward(zeros([3], { dtype: 'float64' }))),
    ).toMatchInlineSnapshot(
      `"backward: dtypes differ: float32 and float64: convert one with .to('float32')"`,
    )
    expect(
      refusal(ShapeError, () => grad(w.square(), w, { gradOutputs: zeros([3, 1]) })),
    ).toMatchInlineSnapshot(`"grad: expected a gradient of shape (3), got (3, 1)"`)
    expect(
      refusal(ValueError, () => grad([w.square(), w.exp()], w, { gradOutputs: zeros([3]) })),
    ).toMatchInlineSnapshot(`"grad: expected 2 gradOutputs, one for each output, got 1"`)
    expect(refusal(DTypeError, () => w.sum().backward(untyped(1)))).toMatchInlineSnapshot(
      `"backward: expected a Tensor, got 1: make one with tensor(…)"`,
    )
    expect(
      refusal(ShapeError, () => {
        w.grad = zeros([2])
      }),
    ).toMatchInlineSnapshot(`"grad: expected a gradient of shape (3), got (2)"`)
    expect(
      refusal(DTypeError, () => {
        w.grad = zeros([3], { dtype: 'float64' })
      }),
    ).toMatchInlineSnapshot(
      `"grad: dtypes differ: float32 and float64: convert one with .to('float32')"`,
    )
    expect(
      refusal(DTypeError, () => {
        w.grad = untyped(3)
      }),
    ).toMatchInlineSnapshot(`"grad: expected a Tensor, got 3: make one with tensor(…)"`)
    expect(w.grad).toBe(null)
  })
  it('nothing to differentiate', () => {
    expect(refusal(TapeError, () => tensor(1).backward())).toMatchInlineSnapshot(
      '"backward: this tensor () does not depend on anything that requires a gradient: create a ' +
        'leaf with { requiresGrad: true }"',
    )
    expect(refusal(TapeError, () => three().sum().detach().backward())).toMatchInlineSnapshot(
      '"backward: this tensor () does not depend on anything that requires a gradient: create a ' +
        'leaf with { requiresGrad: true }"',
    )
    expect(refusal(TapeError, () => noGrad(() => three().sum()).backward())).toMatchInlineSnapshot(
      '"backward: this tensor () does not depend on anything that requires a gradient: create a ' +
        'leaf with { requiresGrad: true }"',
    )
    expect(refusal(TapeError, () => grad(three().sum(), zeros([3])))).toMatchInlineSnapshot(
      `"grad: expected input 0 to require a gradient: create it with { requiresGrad: true }"`,
    )
    expect(
      refusal(TapeError, () => grad(three().sum(), [three(), tensor(1)])),
    ).toMatchInlineSnapshot(
      `"grad: expected input 1 to require a gradient: create it with { requiresGrad: true }"`,
    )
    expect(refusal(TapeError, () => grad(three().sum(), three()))).toMatchInlineSnapshot(
      '"grad: input 0 (3) was not used to compute the outputs: leave it out, or pass { ' +
        'allowUnused: true } for zeros"',
    )
    expect(refusal(DTypeError, () => grad(untyped(3), three()))).toMatchInlineSnapshot(
      `"grad: expected a Tensor, got 3: make one with tensor(…)"`,
    )
    expect(
      refusal(DTypeError, () => grad(three().sum(), untyped(undefined))),
    ).toMatchInlineSnapshot(`"grad: expected a Tensor, got undefined: make one with tensor(…)"`)
  })
  it('a second walk', () => {
    const y = three().square().sum()
    y.backward()
    expect(refusal(TapeError, () => y.backward())).toMatchInlineSnapshot(
      '"backward: this graph was already walked (sum ()): pass { retainGraph: true } to the ' +
        'first backward() to walk it again"',
    )
    const h = three().square()
    h.sum().backward()
    expect(refusal(TapeError, () => h.exp().sum().backward())).toMatchInlineSnapshot(
      '"backward: this graph goes on from one that was already walked (square (3)): detach() ' +
        'what is carried over, a state with detachState(state), or pass { retainGraph: true } ' +
        'to the first backward()"',
    )
  })
  it('leaves and results', () => {
    const y = three().square()
    expect(refusal(TapeError, () => y.assign_(zeros([3])))).toMatchInlineSnapshot(
      `"assign_: expected a leaf, got the result of square: use detach() or a new tensor"`,
    )
    expect(
      refusal(TapeError, () => {
        y.requiresGrad = false
      }),
    ).toMatchInlineSnapshot(
      `"requiresGrad: expected a leaf, got the result of an op: use detach()"`,
    )
    const w = three()
    expect(refusal(ShapeError, () => w.assign_(zeros([2])))).toMatchInlineSnapshot(
      `"assign_: expected shape (3), got (2)"`,
    )
    expect(
      refusal(DTypeError, () => w.assign_(zeros([3], { dtype: 'float64' }))),
    ).toMatchInlineSnapshot(
      `"assign_: dtypes differ: float32 and float64: convert one with .to('float32')"`,
    )
    expect(refusal(DTypeError, () => w.assign_(untyped([1, 2, 3])))).toMatchInlineSnapshot(
      `"assign_: expected a Tensor, got [1, 2, 3]: make one with tensor(…)"`,
    )
    expect(w.toArray()).toEqual([1, 2, 3])
  })
  it('values that changed', () => {
    const w = three()
    const y = w.square().sum()
    w.assign_(zeros([3]))
    expect(refusal(TapeError, () => y.backward())).toMatchInlineSnapshot(
      '"backward: square saved a tensor of shape (3) that assign_() or an optimiser has changed ' +
        'since: walk the graph before the change, and detach() values carried over from it"',
    )
    expect(refusal(TapeError, () => grad(y, w))).toMatchInlineSnapshot(
      '"backward: square saved a tensor of shape (3) that assign_() or an optimiser has changed ' +
        'since: walk the graph before the change, and detach() values carried over from it"',
    )
    expect(w.grad).toBe(null)
  })
  it('asynchronous functions', () => {
    expect(refusal(TapeError, () => noGrad(async () => 1))).toMatchInlineSnapshot(
      '"noGrad: expected a synchronous function, got one that returns a Promise: await first, ' +
        'then call noGrad"',
    )
    expect(refusal(TapeError, () => enableGrad(async () => 1))).toMatchInlineSnapshot(
      '"enableGrad: expected a synchronous function, got one that returns a Promise: await ' +
        'first, then call enableGrad"',
    )
  })
  describe.each([
    ['noGrad', noGrad],
    ['enableGrad', enableGrad],
    ['detectAnomaly', detectAnomaly],
    ['checkpoint', <T>(fn: () => T): T => checkpoint(fn)()],
    ['checkpoint', <T>(fn: () => T): T => noGrad(() => checkpoint(fn)())],
  ] as const)('what does its work after %s has ended', (who, run) => {
    it.each([
      ['a generator', () => (function* () {})()],
      ['an asynchronous generator', () => (async function* () {})()],
      ['what goes through an array', () => [1].values()],
      ['what goes through a map', () => new Map([[1, 2]]).entries()],
      ['an iterator without a class', () => ({ next: () => ({ done: true, value: 1 }) })],
    ])('%s', (_, fn) => {
      expect(refusal(TapeError, () => run(fn as () => unknown))).toBe(
        `${who}: expected a synchronous function, got one that returns an iterator: run through ` +
          `it inside ${who}`,
      )
    })
    it('a function', () => {
      expect(refusal(TapeError, () => run(() => () => 1))).toBe(
        `${who}: expected a synchronous function, got one that returns a function: call it ` +
          `inside ${who}`,
      )
    })
    it('but not what merely has a method called next', () => {
      class Words extends Module {
        forward = (): null => null
        next(): number {
          return 1
        }
      }
      const words = new Words()
      const results = [
        words,
        { next: 1 },
        { step: () => 1 },
        [() => 1],
        new Linear(1, 1),
        new Map(),
        'next',
      ]
      for (const result of results) expect(run(() => result)).toBe(result)
    })
  })
})
