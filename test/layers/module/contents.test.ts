// Where a module's parts may stand: containers of every kind, what refers back, what has no name,
// and models too deep or too wide for recursion.

import { runInNewContext } from 'node:vm'
import { Dropout, Linear, Sequential, SGD, type Tensor, tensor, ValueError, zeros } from 'tapegrad'
import { expect, it } from 'vitest'
import { Bag, names, parameter } from './bag.ts'

it('finds parameters in plain objects, arrays, Maps and Sets, also within each other', () => {
  const bag = new Bag({
    object: {
      up: new Linear(1, 1, { bias: false }),
      down: { gain: parameter() },
      bare: Object.create(null, { w: { value: parameter(), enumerable: true } }),
    },
    list: [parameter(), [parameter(), { a: parameter() }]],
    map: new Map<string | number, unknown>([
      ['left', new Linear(1, 1, { bias: false })],
      [7, parameter()],
      ['inner', new Map([['deep', new Set([parameter(), zeros([2])])]])],
    ]),
    set: new Set([new Linear(1, 1, { bias: false }), 'word', parameter()]),
    sparse: Object.assign([], { 3: parameter() }),
    elsewhere: runInNewContext('(a, b) => new Map([["x", new Set([a])], ["y", { b }]])')(
      parameter(),
      parameter(),
    ),
  })
  expect(names(bag)).toEqual([
    'object.up.weight',
    'object.down.gain',
    'object.bare.w',
    'list.0',
    'list.1.0',
    'list.1.1.a',
    'map.left.weight',
    'map.7',
    'map.inner.deep.0',
    'set.0.weight',
    'set.2',
    'sparse.3',
    'elsewhere.x.0',
    'elsewhere.y.b',
  ])
  expect(Object.keys(bag.stateDict())).toEqual(names(bag).toSpliced(9, 0, 'map.inner.deep.1'))
})

it('trains, switches and loads what stands there', () => {
  const bag = new Bag({
    map: new Map([['drop', new Dropout()]]),
    set: new Set([new Dropout()]),
    object: { inner: [new Dropout()], w: parameter(2) },
  })
  bag.eval()
  expect(
    [...(bag.map as Map<string, Dropout>).values(), ...(bag.set as Set<Dropout>)].map(
      ({ training }) => training,
    ),
  ).toEqual([false, false])
  const { inner, w } = bag.object as { inner: Dropout[]; w: Tensor }
  expect(inner[0].training).toBe(false)
  w.mul(3).sum().backward()
  new SGD(bag.parameters(), { lr: 1 }).step()
  expect(w.toArray()).toEqual([-2, -2])
  bag.loadStateDict({ 'object.w': tensor([5, 6]) })
  expect(w.toArray()).toEqual([5, 6])
  expect(String(bag)).toContain('map.drop: Dropout(0.5)')
  expect(String(bag)).toContain('object.inner.0: Dropout(0.5)')
})

it('walks once what refers back: a parent, siblings, containers in themselves', () => {
  const [parent, a, b] = [new Bag(), new Bag({ w: parameter(1) }), new Bag({ w: parameter(2) })]
  Object.assign(parent, { a, b })
  Object.assign(a, { parent, sibling: b })
  Object.assign(b, { parent, sibling: a })
  const ring: unknown[] = [parameter(3)]
  ring.push(ring, { ring })
  const map = new Map<string, unknown>([['ring', ring]])
  parent.map = map.set('map', map).set('top', parent)
  expect(names(parent)).toEqual(['a.w', 'a.sibling.w', 'map.ring.0'])
  expect(names(a)).toEqual(['w', 'parent.b.w', 'parent.map.ring.0'])
  expect(Object.keys(parent.stateDict())).toEqual(['a.w', 'a.sibling.w', 'b.w', 'map.ring.0'])
  const before = parent.stateDict()
  parent.loadStateDict(before)
  expect(parent.eval().training).toBe(false)
  expect([a.training, b.training]).toEqual([false, false])
  expect(`\n${parent.train()}\n`).toMatchInlineSnapshot(`
    "
    Bag · 6 parameters
    ├─ a: Bag              6  w (1)
    │  ├─ parent: Bag      6  is the model
    │  └─ sibling: Bag     6  w (2)
    │     ├─ parent: Bag   6  is the model
    │     └─ sibling: Bag  6  is a
    ├─ b: Bag              6  is a.sibling
    ├─ map.ring.0          3  (3)
    └─ map.top: Bag        6  is the model
    "
  `)
})

it('lists what is shared under each of its names, to any depth', () => {
  const inner = new Bag({ list: [parameter()] })
  const outer = new Bag({ first: inner, second: { again: inner } })
  const both = new Bag({ x: outer, y: outer })
  expect(names(both)).toEqual(['x.first.list.0'])
  const state = ['first.list.0', 'second.again.list.0']
  expect(Object.keys(both.stateDict())).toEqual([
    ...state.map((name) => `x.${name}`),
    ...state.map((name) => `y.${name}`),
  ])
  let doubled: unknown = 1
  for (let k = 0; k < 100; k++) doubled = [doubled, doubled]
  expect(names(new Bag({ doubled }))).toEqual([])
})

it('refuses what has no name, and names that two tensors share', () => {
  class Keyed extends Bag {
    [key: symbol]: unknown
  }
  const keyed = new Keyed()
  keyed[Symbol('hidden')] = parameter()
  expect(() => keyed.parameters()).toThrow(
    new ValueError(
      'expected tensors and modules in fields with a name, got one in Symbol(hidden): name the ' +
        'field by a string',
    ),
  )
  expect(() => new Bag({ part: { [Symbol('s')]: [parameter()] } }).eval()).toThrow(
    'part: expected tensors and modules in fields with a name, got one in Symbol(s)',
  )
  const key = { id: 1 }
  expect(() =>
    String(new Bag({ byNode: new Map<unknown, unknown>([[key, { w: parameter() }]]) })),
  ).toThrow(
    new ValueError(
      'byNode: expected strings or numbers as keys of a Map of tensors or modules, got { id }',
    ),
  )
  expect(names(new Bag({ byNode: new Map([[key, { name: 'no tensor' }]]) }))).toEqual([])
  const twice = new Bag({
    map: new Map<unknown, unknown>([
      [1, parameter()],
      ['1', parameter()],
    ]),
  })
  expect(() => twice.stateDict()).toThrow(
    new ValueError('map.1: expected one tensor of this name, got two: rename a field or a key'),
  )
  expect(() => twice.loadStateDict({})).toThrow(ValueError)
})

it('passes over plain data, and over what classes of others hold', () => {
  class Trainer {
    weights = [parameter()]
  }
  const words = Object.fromEntries(Array.from({ length: 1000 }, (_, k) => [`word${k}`, k]))
  expect(
    names(
      new Bag({
        words,
        trainer: new Trainer(),
        bytes: new Uint8Array(9),
        date: new Date(0),
        nothing: null,
        f: () => parameter(),
      }),
    ),
  ).toEqual([])
})

it('takes models that are very deep or very wide', () => {
  let deep = new Bag({ w: parameter() })
  let list: unknown = [parameter()]
  for (let k = 0; k < 8_000; k++) {
    deep = new Bag({ next: deep })
    list = { list }
  }
  expect(deep.parameters()).toHaveLength(1)
  expect(new Bag({ list }).parameters()).toHaveLength(1)
  expect(deep.eval().training).toBe(false)
  const lines = String(deep).split('\n')
  expect([lines.length, lines[0], lines.at(-1)?.replace(/ +/g, ' ')]).toEqual([
    52,
    'Bag · 1 parameters · eval',
    ' └─ … 0 deeper layers are not shown',
  ])
  const wide = new Sequential()
  Object.assign(wide, { layers: Array.from({ length: 150_000 }, () => new Dropout()) })
  expect(String(wide).split('\n')).toHaveLength(150_001)
  expect(wide.parameters()).toEqual([])
})
