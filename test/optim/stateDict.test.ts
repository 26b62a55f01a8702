// State dicts of optimisers: matched by name where there are names, by position where there are
// none. What does not fit is listed, and changes nothing.

import { Adam, AdamW, type Module, ones, SGD, type Tensor, ValueError } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { refusal, untyped } from '../support/refusal.ts'
import { d, leaf } from '../support/tensors.ts'

const kinds = {
  SGD: (given: ReturnType<Module['namedParameters']> | Tensor[] | object[]) =>
    new SGD(given as Tensor[], { lr: 0.1, momentum: 0.9 }),
  Adam: (given: ReturnType<Module['namedParameters']> | Tensor[] | object[]) =>
    new Adam(given as Tensor[]),
  AdamW: (given: ReturnType<Module['namedParameters']> | Tensor[] | object[]) =>
    new AdamW(given as Tensor[]),
}

/** Parameters by name, and a step of each along a gradient of its own. */
function named(names: string) {
  const entries = names.split('').map((name): [string, Tensor] => [name, leaf([1, 2])])
  const step = (optimizer: { step(): void }, times = 1): void => {
    for (let t = 0; t < times; t++) {
      for (const [name, p] of entries) p.grad = d([name.charCodeAt(0) + t, -3])
      optimizer.step()
    }
  }
  const read = () => Object.fromEntries(entries.map(([name, p]) => [name, p.toArray()]))
  return { entries, tensors: entries.map(([, p]) => p), step, read }
}

/** Everything in a state dict, tensors as arrays. */
const plain = (dict: { paramGroups: object; state: readonly (object | null)[] }) =>
  structuredClone({
    ...dict,
    state: dict.state.map((one) => {
      const { t, moments } = one as { t: number; moments: Record<string, Tensor> }
      return { t, ...Object.fromEntries(Object.entries(moments).map(([k, m]) => [k, m.toArray()])) }
    }),
  })

describe.each(Object.entries(kinds))('%s', (_, make) => {
  it('goes on bit for bit where parameters have changed places', () => {
    const before = named('kqv')
    const optimizer = make(before.entries)
    before.step(optimizer, 3)
    const dict = optimizer.stateDict()
    const after = named('vkq')
    for (const [name, p] of after.entries)
      p.assign_(before.entries.find(([other]) => other === name)?.[1].detach() as Tensor)
    before.step(optimizer, 4)
    const again = make(after.entries)
    again.loadStateDict(dict as never)
    after.step(again, 4)
    expect(after.read()).toEqual(before.read())
  })

  it('goes by position where one of the two has no names, and through an older state dict', () => {
    const before = named('kqv')
    const [withNames, without] = [make(before.entries), make(before.tensors)]
    before.step(withNames, 2)
    before.step(without, 2)
    const [dict, bare] = [withNames.stateDict(), without.stateDict()]
    const { initialLr, params, paramNames, ...options } = dict.paramGroups[0]
    const older = { optimizer: dict.optimizer, options, state: bare.state }
    for (const given of [bare, older]) {
      const to = make(named('vkq').entries)
      to.loadStateDict(given as never)
      expect(plain(to.stateDict()).state).toEqual(plain(bare).state)
      expect(to.paramGroups[0]).toMatchObject({
        paramNames: ['v', 'k', 'q'],
        initialLr,
        ...options,
      })
    }
    const to = make(named('vkq').tensors)
    to.loadStateDict(dict as never)
    expect(plain(to.stateDict()).state).toEqual(plain(dict).state)
  })

  it('lists what is missing or unexpected, and changes nothing', () => {
    const before = named('kqv')
    const optimizer = make(before.entries)
    before.step(optimizer)
    const other = named('kwv')
    other.entries[2][1] = ones([3], { dtype: 'float64', requiresGrad: true })
    const to = make(other.entries)
    const kept = JSON.stringify(to.stateDict())
    const message = refusal(ValueError, () => to.loadStateDict(optimizer.stateDict() as never))
    const lines = message.split('\n')
    expect(lines.slice(0, 4)).toEqual([
      `${_}.loadStateDict: this state does not fit:`,
      '  w: missing',
      '  q: unexpected',
      `  v: expected ${_ === 'SGD' ? 'b' : 'm'} to be (3) float64, got (2) float64`,
    ])
    expect(JSON.stringify(to.stateDict())).toBe(kept)
    expect(
      refusal(ValueError, () =>
        make(named('k').entries).loadStateDict(untyped(optimizer.stateDict())),
      ),
    ).toContain('q: unexpected\n  v: unexpected')
  })
})

describe('of groups', () => {
  const grouped = (first: string, second: string, options: object[] = [{}, {}]) => {
    const [a, b] = [named(first), named(second)]
    const adam = new Adam([
      { params: a.entries, ...options[0] },
      { params: b.entries, ...options[1] },
    ])
    const step = (times: number) => {
      for (let t = 0; t < times; t++) {
        for (const [name, p] of [...a.entries, ...b.entries]) p.grad = d([name.charCodeAt(0), t])
        adam.step()
      }
    }
    return { adam, step, tensors: [...a.tensors, ...b.tensors] }
  }

  it('hold the options of each group, its first learning rate, places and names', () => {
    const { adam, step } = grouped('ab', 'c', [{ lr: 0.5 }, { weightDecay: 0.25 }])
    step(2)
    adam.paramGroups[0].lr = 0.125
    const dict = adam.stateDict()
    const rest = { betas: [0.9, 0.999], eps: 1e-8 }
    expect(JSON.parse(JSON.stringify(dict.paramGroups))).toEqual([
      {
        ...rest,
        lr: 0.125,
        initialLr: 0.5,
        weightDecay: 0,
        params: [0, 1],
        paramNames: ['a', 'b'],
      },
      { ...rest, lr: 1e-3, initialLr: 1e-3, weightDecay: 0.25, params: [2], paramNames: ['c'] },
    ])
    dict.paramGroups[0].params[0] = 7
    dict.paramGroups[0].paramNames?.pop()
    expect(adam.stateDict().paramGroups[0]).toMatchObject({
      params: [0, 1],
      paramNames: ['a', 'b'],
    })
  })

  it('go on bit for bit, options, schedules and all', () => {
    const one = grouped('ab', 'c', [{ lr: 0.5 }, { weightDecay: 0.25, betas: [0.5, 0.5] }])
    one.step(2)
    one.adam.paramGroups[0].lr = 0.125
    const other = grouped('ba', 'c')
    other.adam.loadStateDict(one.adam.stateDict())
    const order = [1, 0, 2]
    for (const [k, from] of order.entries()) other.tensors[k].assign_(one.tensors[from].detach())
    expect(other.adam.paramGroups.map(({ initialLr }) => initialLr)).toEqual([0.5, 1e-3])
    for (const { adam, step } of [one, other]) {
      step(2)
      for (const group of adam.paramGroups) group.lr = group.initialLr / 2
      step(2)
    }
    expect(other.tensors.map((p) => p.toArray())).toEqual(
      order.map((from) => one.tensors[from].toArray()),
    )
  })

  it('hold the moments that the options of each group ask for', () => {
    const run = () => {
      const [a, b] = [named('a'), named('b')]
      const sgd = new SGD([{ params: a.entries }, { params: b.entries, momentum: 0.5 }], { lr: 1 })
      const step = () => {
        for (const p of [...a.tensors, ...b.tensors]) p.grad = d([1, -2])
        sgd.step()
      }
      return { sgd, step, read: () => [a.read(), b.read()] }
    }
    const one = run()
    one.step()
    const dict = one.sgd.stateDict()
    expect(dict.state.map((state) => Object.keys(state?.moments ?? {}))).toEqual([[], ['b']])
    expect(dict.state[1]?.moments.b.toArray()).toEqual([1, -2])
    const other = run()
    other.step()
    other.sgd.loadStateDict(dict)
    for (const { step } of [one, other]) step()
    expect(other.read()).toEqual(one.read())
    const [{ ...first }, second] = dict.paramGroups
    first.momentum = 0.5
    expect(
      refusal(ValueError, () => one.sgd.loadStateDict({ ...dict, paramGroups: [first, second] })),
    ).toContain('a: expected b to be (2) float64, got undefined')
  })

  it('are refused where a parameter is in another group, or the groups are others', () => {
    const dict = grouped('ab', 'c').adam.stateDict()
    const load = (to: Adam, given: object = dict) =>
      refusal(ValueError, () => to.loadStateDict(given as never))
    expect(load(grouped('a', 'bc').adam)).toMatchInlineSnapshot(`
      "Adam.loadStateDict: this state does not fit:
        b: expected in group 1, got in 0"
    `)
    expect(load(new Adam(named('abc').entries))).toMatchInlineSnapshot(`
      "Adam.loadStateDict: this state does not fit:
        expected 1 group, got 2"
    `)
    const bare = () => new Adam([{ params: named('a').tensors }, { params: named('bc').tensors }])
    expect(load(bare())).toMatchInlineSnapshot(`
      "Adam.loadStateDict: this state does not fit:
        group 0: expected one for each of 1 parameter, got 2
        group 1: expected one for each of 2 parameters, got 1"
    `)
    const [first, second] = dict.paramGroups
    const wrong = (part: object) => ({ ...dict, paramGroups: [{ ...first, ...part }, second] })
    const { adam } = grouped('ab', 'c')
    const kept = JSON.stringify(adam.stateDict())
    expect(load(adam, wrong({ initialLr: -1 }))).toMatchInlineSnapshot(`
      "Adam.loadStateDict: this state does not fit:
        group 0: expected initialLr to be a finite number ≥ 0, got -1"
    `)
    expect(load(adam, wrong({ lr: undefined }))).toMatchInlineSnapshot(`
      "Adam.loadStateDict: this state does not fit:
        group 0: expected lr to be a finite number ≥ 0, got undefined"
    `)
    expect(load(adam, wrong({ params: [1, 0] }))).toMatchInlineSnapshot(`
      "Adam.loadStateDict: this state does not fit:
        paramGroups: expected params from 0 to 2 in order, got [1, 0, 2]"
    `)
    expect(load(adam, wrong({ params: [0] }))).toMatchInlineSnapshot(`
      "Adam.loadStateDict: this state does not fit:
        group 0: expected paramNames to be null or a name for each of params, got ["a", "b"]"
    `)
    expect(load(adam, wrong({ paramNames: ['a'] }))).toMatchInlineSnapshot(`
      "Adam.loadStateDict: this state does not fit:
        group 0: expected paramNames to be null or a name for each of params, got ["a"]"
    `)
    expect(load(adam, wrong({ paramNames: ['a', 'a'] }))).toMatchInlineSnapshot(`
      "Adam.loadStateDict: this state does not fit:
        paramNames: expected each name once
        b: missing"
    `)
    expect(
      load(adam, { ...dict, state: dict.state.with(0, untyped(undefined)) }),
    ).toMatchInlineSnapshot(`
      "Adam.loadStateDict: this state does not fit:
        a: expected null or { t, moments }, got undefined"
    `)
    expect(JSON.stringify(adam.stateDict())).toBe(kept)
  })
})
