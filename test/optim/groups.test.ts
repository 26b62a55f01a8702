// Parameter groups: each follows its paper with its own options, and can be read and set. What is
// refused leaves everything as it was.

import fc from 'fast-check'
import { Adam, AdamW, Linear, ones, SGD, type Tensor, ValueError, zeros } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { expectClose, sixteenths } from '../support/numbers.ts'
import { refusal, untyped } from '../support/refusal.ts'
import { d, leaf } from '../support/tensors.ts'
import { adamOracle } from './oracle.ts'

const parameter = (n = 2): Tensor => ones([n], { requiresGrad: true })

describe.each([
  ['Adam', Adam, false],
  ['AdamW', AdamW, true],
] as const)('%s', (_, Optimizer, decoupled) => {
  it('is the paper’s algorithm for each group, with what the group leaves out from the options', () => {
    const choice = (...values: number[]) => fc.constantFrom(...values)
    const options = fc.record(
      {
        lr: choice(0.01, 1),
        betas: fc.tuple(choice(0, 0.5, 0.9), choice(0, 0.5, 0.999)),
        eps: choice(1e-3, 0.1),
        weightDecay: choice(0, 0.25),
      },
      { requiredKeys: [] },
    )
    const common = options.map((given) => ({
      lr: 0.1,
      betas: [0.5, 0.5] as [number, number],
      eps: 0.01,
      weightDecay: 0.1,
      ...given,
    }))
    const three = fc.tuple(sixteenths(-3, 3), sixteenths(-3, 3), sixteenths(-3, 3))
    fc.assert(
      fc.property(
        three,
        fc.array(three, { minLength: 1, maxLength: 6 }),
        options,
        options,
        common,
        (start, gradients, first, second, common) => {
          const [a, b, c] = start.map((θ) => leaf(θ))
          const groups = [
            { params: [a, b], ...first },
            { params: { c }, ...second },
          ]
          groups[0].params = { a, b } as never
          const optimizer = new Optimizer(groups, common)
          for (const given of gradients) {
            for (const [k, p] of [a, b, c].entries()) p.grad = d(given[k])
            optimizer.step()
          }
          const expected = start.map((θ, k) => {
            const { lr, betas, eps, weightDecay } = { ...common, ...(k < 2 ? first : second) }
            return adamOracle(
              θ,
              gradients.map((given) => given[k]),
              { α: lr, β1: betas[0], β2: betas[1], ε: eps, λ: weightDecay, decoupled },
            )
          })
          expectClose(
            [a, b, c].map((p) => p.item()),
            expected,
            1e-12,
          )
        },
      ),
    )
  })
})

describe('paramGroups', () => {
  it('shows parameters, names and every option', () => {
    const [p, q] = [parameter(), parameter()]
    const adam = new Adam(
      [
        { params: { p }, lr: 0.1 },
        { params: [['q', q]], weightDecay: 0.5 },
      ],
      { eps: 1e-4 },
    )
    const rest = { betas: [0.9, 0.999], eps: 1e-4 }
    expect(adam.paramGroups.map((group) => ({ ...group }))).toEqual([
      { params: [p], paramNames: ['p'], initialLr: 0.1, lr: 0.1, weightDecay: 0, ...rest },
      { params: [q], paramNames: ['q'], initialLr: 1e-3, lr: 1e-3, weightDecay: 0.5, ...rest },
    ])
    const plain = new SGD([p], { lr: 1 })
    expect(plain.paramGroups).toHaveLength(1)
    expect(plain.paramGroups[0]).toMatchObject({ params: [p], paramNames: null, lr: 1 })
    const named = new SGD(new Linear(2, 1).namedParameters(), { lr: 1 })
    expect(named.paramGroups[0].paramNames).toEqual(['weight', 'bias'])
  })

  it('is what the next step goes by', () => {
    const [p, q] = [leaf(1), leaf(1)]
    const sgd = new SGD([{ params: [p] }, { params: [q], lr: 0.5 }], { lr: 0.25 })
    sgd.paramGroups[0].lr = 0.125
    sgd.paramGroups[1].weightDecay = 1
    for (const one of [p, q]) one.grad = d(1)
    sgd.step()
    expect([p.item(), q.item()]).toEqual([1 - 0.125, 1 - 0.5 * 2])
    expect(sgd.paramGroups.map(({ initialLr }) => initialLr)).toEqual([0.25, 0.5])
  })

  it('refuses what makes no sense, and what needs other moments', () => {
    const sgd = new SGD([{ params: [parameter()] }, { params: [parameter()], momentum: 0.5 }], {
      lr: 1,
    })
    const [plain, moving] = sgd.paramGroups
    const set = (group: object, name: string, value: unknown) =>
      refusal(ValueError, () => Object.assign(group, { [name]: value }))
    expect(set(plain, 'lr', -1)).toMatchInlineSnapshot(
      `"SGD: group 0: expected lr to be a finite number ≥ 0, got -1"`,
    )
    expect(set(moving, 'nesterov', 'yes')).toMatchInlineSnapshot(
      `"SGD: group 1: expected nesterov to be true or false, got "yes""`,
    )
    expect(set(plain, 'momentum', 0.5)).toMatchInlineSnapshot(
      `"SGD: group 0: expected the moments to stay none, got momentum 0.5, which needs b: make another optimiser"`,
    )
    expect(set(moving, 'momentum', 0)).toMatchInlineSnapshot(
      `"SGD: group 1: expected the moments to stay b, got momentum 0, which needs none: make another optimiser"`,
    )
    moving.momentum = 0.75
    expect(sgd.paramGroups.map(({ momentum }) => momentum)).toEqual([0, 0.75])
    for (const name of ['params', 'paramNames', 'initialLr'])
      expect(() => Object.assign(plain, { [name]: null })).toThrow(TypeError)
    expect(() => Object.assign(plain, { learningRate: 1 })).toThrow(TypeError)
    for (const list of [sgd.paramGroups, plain.params])
      expect(() => (list as unknown[]).push(list[0])).toThrow(TypeError)
  })
})

describe('lr', () => {
  it('is that of all groups, where they began with one', () => {
    const adam = new Adam([{ params: [parameter()] }, { params: [parameter()], weightDecay: 1 }])
    expect(adam.lr).toBe(1e-3)
    adam.lr = 0.5
    expect(adam.paramGroups.map(({ lr }) => lr)).toEqual([0.5, 0.5])
    adam.paramGroups[1].lr = 0.25
    expect(() => adam.lr).toThrow(ValueError)
  })

  it('is refused where groups have their own, and nothing is set', () => {
    const adam = new Adam([{ params: [parameter()] }, { params: [parameter()], lr: 0.5 }])
    expect(refusal(ValueError, () => adam.lr)).toMatchInlineSnapshot(
      `"Adam: expected groups of one lr, got 0.001, 0.5: read and set lr of each in paramGroups"`,
    )
    for (const group of adam.paramGroups) group.lr = 0
    expect(adam.lr).toBe(0)
    expect(
      refusal(ValueError, () => {
        adam.lr = 1
      }),
    ).toMatchInlineSnapshot(
      `"Adam: expected groups of one initialLr, got 0.001, 0.5: read and set lr of each in paramGroups"`,
    )
    expect(adam.paramGroups.map(({ lr }) => lr)).toEqual([0, 0])
  })
})

describe('groups and names', () => {
  const refused = (given: unknown, options: object = {}): string =>
    refusal(ValueError, () => new Adam(untyped(given), options))
  const [p, q] = [parameter(), parameter(3)]

  it('are refused where a parameter or a name occurs twice', () => {
    expect(refused([{ params: [p] }, { params: [q, p] }])).toMatchInlineSnapshot(
      `"Adam: expected each parameter once, got parameter 0 of group 0 again as parameter 1 of group 1 (2)"`,
    )
    expect(
      refused([
        ['p', p],
        ['q', p],
      ]),
    ).toMatchInlineSnapshot(
      `"Adam: expected each parameter once, got parameter p again as parameter q (2)"`,
    )
    expect(
      refused([
        ['w', p],
        ['w', q],
      ]),
    ).toMatchInlineSnapshot(
      `"Adam: expected each name once, got "w" twice: pass entries with names of your own"`,
    )
    expect(refused([{ params: { w: p } }, { params: { w: q } }])).toMatchInlineSnapshot(
      `"Adam: expected each name once, got "w" twice: pass entries with names of your own"`,
    )
  })

  it('are refused where only some have names, and where groups make no sense', () => {
    expect(refused([{ params: { p } }, { params: [q] }])).toMatchInlineSnapshot(
      `"Adam: group 1: expected parameters with names as in the other groups, got a list without: pass entries like those of model.namedParameters()"`,
    )
    const entries: unknown[] = [['p', p]]
    entries[2] = ['q', q]
    expect(refused([{ params: entries }])).toContain('expected [name, tensor] as entry 1, got und')
    expect(refused([{ params: [q] }, { params: { p } }])).toContain('Adam: group 0: expected param')
    expect(refused([{ params: [p], lr: -1 }])).toMatchInlineSnapshot(
      `"Adam: group 0: expected lr to be a finite number ≥ 0, got -1"`,
    )
    expect(refused([{ params: [p], learningRate: 1 }])).toMatchInlineSnapshot(
      `"Adam: group 0: unknown option 'learningRate': expected params, lr, betas, eps, weightDecay"`,
    )
    expect(refused([{ params: [] }, { params: {} }])).toContain('at least one parameter, got none')
    expect(refused([{ params: [p] }], { momentum: 1 })).toContain("unknown option 'momentum'")
    expect(
      refusal(ValueError, () => new SGD([{ params: [p], lr: 1 }, untyped({ params: [q] })])),
    ).toMatchInlineSnapshot(`"SGD: group 1: expected lr to be a finite number ≥ 0, got undefined"`)
  })

  it('may be empty beside others, and are read once', () => {
    const list = [p]
    const groups = [{ params: list }, { params: [] }, { params: [q] }]
    const adam = new Adam(groups)
    list.push(zeros([1]))
    groups.pop()
    expect(adam.paramGroups.map(({ params }) => params)).toEqual([[p], [], [q]])
    const named = new Adam([{ params: { p } }, { params: [] }])
    expect(named.paramGroups[1].paramNames).toEqual([])
    named.loadStateDict(named.stateDict())
    const { state } = adam.stateDict()
    expect(state).toEqual([null, null])
  })
})
