// After an error of an optimiser nothing is half-changed: gradients that are gone, options and
// states that change while they are read.
import {
  Adam,
  AdamW,
  noGrad,
  type OptimizerState,
  ones,
  SGD,
  TapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'

/** A gradient that was recycled: large enough not to be kept. */
function gone(n: number): Tensor {
  let made = ones([n])
  noGrad(() => {
    made = made.mul(2)
  })
  return made
}

const optimisers = {
  SGD: (p: Tensor[]) => new SGD(p, { lr: 0.5 }),
  Momentum: (p: Tensor[]) => new SGD(p, { lr: 0.5, momentum: 0.9, nesterov: true }),
  Adam: (p: Tensor[]) => new Adam(p, { lr: 0.5 }),
  AdamW: (p: Tensor[]) => new AdamW(p, { lr: 0.5 }),
}

/** What changes from call to call: the first value, then the second for ever. */
function changing<T>(first: T, later: T): () => T {
  let calls = 0
  return () => (calls++ === 0 ? first : later)
}

const plain = (state: OptimizerState<unknown, never>) =>
  JSON.stringify(
    state.state.map(
      (one) =>
        one && { t: one.t, moments: Object.values<Tensor>(one.moments).map((a) => a.toArray()) },
    ),
  )

describe.each(Object.entries(optimisers))('%s', (_, make) => {
  it('moves nothing and counts nothing when a gradient cannot be read any more', () => {
    const [a, b] = [ones([3], { requiresGrad: true }), ones([99], { requiresGrad: true })]
    const optimizer = make([a, b])
    a.grad = ones([3])
    b.grad = gone(99)
    expect(() => optimizer.step()).toThrow(TapeError)
    expect(a.toArray()).toEqual([1, 1, 1])
    expect(optimizer.stateDict().state).toEqual([null, null])

    b.grad = ones([99])
    optimizer.step()
    const [moved, state] = [a.toArray(), plain(optimizer.stateDict() as never)]
    b.grad = gone(99)
    expect(() => optimizer.step()).toThrow(
      'mul: its result (99) was made inside noGrad() and recycled at its end',
    )
    expect(a.toArray()).toEqual(moved)
    expect(plain(optimizer.stateDict() as never)).toBe(state)
    optimizer.zeroGrad()
    expect([a.grad, b.grad]).toEqual([null, null])
    optimizer.step()
    expect(a.toArray()).toEqual(moved)
  })
})

describe('options', () => {
  const p = ones([2], { requiresGrad: true })

  it('are read once: what is checked is what counts', () => {
    const lr = changing(0.25, -5)
    const options = Object.defineProperty({}, 'lr', { get: lr, enumerable: true }) as { lr: number }
    expect(new SGD([p], options).lr).toBe(0.25)
    const adam = new Adam([p])
    const state = adam.stateDict()
    /** The same properties, of which lr is another one at the second look. */
    const tricky = <T extends object>(given: T): T =>
      Object.defineProperty({ ...given }, 'lr', { get: changing(0.25, -5), enumerable: true })
    adam.loadStateDict({ ...state, paramGroups: state.paramGroups.map(tricky) })
    expect(adam.lr).toBe(0.25)
    adam.lr = 0.5
    const { initialLr, params, paramNames, ...older } = state.paramGroups[0]
    adam.loadStateDict({ optimizer: 'Adam', options: tricky(older), state: state.state })
    expect(adam.lr).toBe(0.25)
    const [group] = new SGD([tricky({ params: [p], lr: 0 })]).paramGroups
    expect(group.lr).toBe(0.25)
  })

  it('are copied, lists and all, on their way in and out', () => {
    const betas: [number, number] = [0.5, 0.75]
    const adam = new Adam([p], { betas })
    betas[0] = 7
    const kept = () => adam.stateDict().paramGroups[0].betas as [number, number]
    expect(kept()).toEqual([0.5, 0.75])
    kept()[0] = 7
    expect(kept()).toEqual([0.5, 0.75])
    const state = adam.stateDict()
    adam.loadStateDict(state)
    ;(state.paramGroups[0].betas as [number, number])[0] = 7
    expect(kept()).toEqual([0.5, 0.75])
    const given: [number, number] = [0.25, 0.5]
    adam.paramGroups[0].betas = given
    given[0] = 7
    expect(kept()).toEqual([0.25, 0.5])
    const own: [number, number] = [0.25, 0.5]
    const grouped = new Adam([{ params: [p], betas: own }])
    own[0] = 7
    expect(grouped.paramGroups[0].betas).toEqual([0.25, 0.5])
  })
})

describe('a state dict', () => {
  it('is read once: tensors and counts that change between two looks', () => {
    const p = ones([2], { requiresGrad: true })
    const adam = new Adam([p])
    const count = changing(3, -1)
    const v = changing<Tensor>(tensor([1, 2]), zeros([5]))
    const state = [
      {
        get t() {
          return count()
        },
        moments: {
          m: tensor([3, 4]),
          get v() {
            return v()
          },
        },
      },
    ]
    adam.loadStateDict({ ...adam.stateDict(), state })
    const [one] = adam.stateDict().state
    expect([one?.t, one?.moments.m.toArray(), one?.moments.v.toArray()]).toEqual([
      3,
      [3, 4],
      [1, 2],
    ])
  })

  it('changes nothing when its second tensor cannot be read any more', () => {
    const [a, b] = [ones([2], { requiresGrad: true }), ones([99], { requiresGrad: true })]
    const sgd = new SGD([a, b], { lr: 0.5, momentum: 0.5 })
    const state = [
      { t: 1, moments: { b: ones([2]) } },
      { t: 1, moments: { b: gone(99) } },
    ]
    expect(() => sgd.loadStateDict({ ...sgd.stateDict(), state })).toThrow(TapeError)
    expect(sgd.stateDict().state).toEqual([null, null])
  })
})

it('a list of parameters is read once, whatever its length', () => {
  const p = ones([1], { requiresGrad: true })
  const read = changing<Tensor>(p, zeros([3]))
  const list = Object.defineProperty([] as Tensor[], 0, { get: read })
  const sgd = new SGD(list, { lr: 1 })
  p.grad = ones([1])
  sgd.step()
  expect(p.item()).toBe(0)
  const many = Array.from({ length: 20_000 }, () => zeros([1], { requiresGrad: true }))
  expect(new SGD(many, { lr: 1 }).stateDict().state).toHaveLength(20_000)
  expect(() => new SGD([...many, many[7]], { lr: 1 })).toThrow(
    new ValueError(
      'SGD: expected each parameter once, got parameter 7 again as parameter 20000 (1)',
    ),
  )
})
