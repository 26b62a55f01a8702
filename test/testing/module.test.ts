// checkModule accepts the package's layers and modules of users, leaves them as they were, and
// refuses what it cannot check.

import fc from 'fast-check'
import {
  Dropout,
  Embedding,
  Generator,
  Linear,
  LSTM,
  Module,
  RNN,
  randint,
  randn,
  Sequential,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { checkModule } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { Bugs, float64, Headed, normal, options, seeds, thrown } from './brokenModules.ts'

describe('checkModule accepts', () => {
  it('a Linear, with a row for each parameter', () => {
    const report = checkModule(new Linear(3, 2, float64), normal([4, 3]), options)
    expect(report).toMatchObject({ module: 'Linear(3 → 2)', runs: 4, seed: 7 })
    expect(report.parameters.map(({ name, shape, dtype }) => [name, shape, dtype])).toEqual([
      ['weight', [2, 3], 'float64'],
      ['bias', [2], 'float64'],
    ])
    for (const { laws, error } of report.parameters) {
      expect(laws).toEqual([
        'gradient',
        'repeatable',
        'unchanged',
        'permutation',
        'batch',
        'differences',
      ])
      expect(error).toBeLessThan(1e-6)
    }
  })

  it('float32, without differences', () => {
    const { parameters, worst } = checkModule(new RNN(3, 2), normal([4, 5, 3], 'float32'), options)
    for (const { laws } of parameters)
      expect(laws).toEqual(['gradient', 'repeatable', 'unchanged', 'permutation', 'batch'])
    expect(worst).toBeLessThan(1e-5)
  })

  it('an LSTM with a state, whose batch is another axis, in and out', () => {
    const lstm = new LSTM(3, 2, { ...float64, numLayers: 2, bidirectional: true, dropout: 0.25 })
    const state = fc.record({ h: normal([4, 3, 2]), c: normal([4, 3, 2]) })
    const { parameters } = checkModule(lstm, fc.tuple(normal([3, 4, 3]), state), {
      numRuns: 2,
      seed: 7,
      batchAxis: [0, 1, 1],
    })
    expect(parameters).toHaveLength(16)
  })

  it('time before batch', () => {
    expect(
      checkModule(new RNN(2, 2, { ...float64, batchFirst: false }), normal([3, 4, 2]), {
        ...options,
        batchAxis: 1,
      }).parameters[0].laws,
    ).toContain('batch')
    expect(
      checkModule(new RNN(2, 2, { ...float64, batchFirst: false }), normal([3, 4, 2]), {
        ...options,
        batchAxis: -2,
      }).parameters[0].laws,
    ).toContain('batch')
  })

  it('whole numbers as input, and layers one after the other', () => {
    const words = seeds.map((seed) => randint(0, 5, [3, 2], { generator: new Generator(seed) }))
    checkModule(
      new Sequential(new Embedding(5, 4, float64), new Linear(4, 2, float64), new Dropout(0.5)),
      words,
      { ...options, numRuns: 20 },
    )
  })

  it('a kink, which a run may meet', () => {
    class Kinked extends Module {
      weight = zeros([3], { ...float64, requiresGrad: true })
      forward(x: Tensor) {
        return x.add(this.weight).relu()
      }
    }
    const grid = fc
      .array(fc.constantFrom(-2, -1, 0, 1, 2, 3), { minLength: 6, maxLength: 6 })
      .map((values) => tensor(values, float64).reshape([2, 3]))
    expect(checkModule(new Kinked(), grid, { ...options, numRuns: 40 }).undecided).toBeGreaterThan(
      0,
    )
  })

  it('parts in plain objects, Maps and Sets, and a child that knows its parent', () => {
    class Child extends Module {
      parent: Module | null = null
      gains = new Set([0, tensor([1, 2, 3], { ...float64, requiresGrad: true }), 'last'])
      forward = (x: Tensor) => x.mul([...this.gains][1] as Tensor)
    }
    class Parent extends Module {
      parts = { child: new Child(), by: new Map([['name', [new Linear(3, 3, float64)]]]) }
      forward = (x: Tensor) =>
        this.parts.by.get('name')?.[0].forward(this.parts.child.forward(x)) ?? x
    }
    const parent = new Parent()
    parent.parts.child.parent = parent
    const members = [...parent.parts.child.gains]
    const { parameters } = checkModule(parent, normal([4, 3]), options)
    expect(parameters.map(({ name }) => name)).toEqual([
      'parts.child.gains.1',
      'parts.by.name.0.weight',
      'parts.by.name.0.bias',
    ])
    for (const { laws } of parameters) expect(laws).toContain('differences')
    expect([...parent.parts.child.gains]).toEqual(members)
  })

  it('a loss over the batch, with batchAxis null', () => {
    class Loss extends Module {
      head = new Linear(3, 1, float64)
      forward(x: Tensor) {
        return this.head.forward(x).square().mean()
      }
    }
    expect(thrown(() => checkModule(new Loss(), normal([4, 3]), options)).check).toBe('batch')
    const { parameters } = checkModule(new Loss(), normal([4, 3]), { ...options, batchAxis: null })
    expect(parameters[0].laws).toEqual(['gradient', 'repeatable', 'unchanged', 'differences'])
  })
})

describe('checkModule leaves the module as it was', () => {
  it('modes, gradients and buffers', () => {
    class Normed extends Module {
      head = new Linear(3, 3, float64)
      drop = new Dropout(0.5).eval()
      mean: Tensor = zeros([3], float64)
      forward(x: Tensor) {
        const y = this.drop.forward(this.head.forward(x))
        if (this.training) this.mean = this.mean.mul(0.9).add(y.detach().mean(0).mul(0.1))
        return y.sub(this.mean)
      }
    }
    const model = new Normed()
    const before = Object.fromEntries(
      Object.entries(model.stateDict()).map(([name, t]) => [name, t.toArray()]),
    )
    const [{ mean }, gradient] = [model, randn([3, 3], float64)]
    model.head.weight.grad = gradient
    checkModule(model, normal([4, 3]), options)
    expect([model.training, model.head.training, model.drop.training]).toEqual([true, true, false])
    expect(model.mean).toBe(mean)
    expect(model.head.weight.grad).toBe(gradient)
    expect(model.head.bias?.grad).toBe(null)
    expect(
      Object.fromEntries(Object.entries(model.stateDict()).map(([name, t]) => [name, t.toArray()])),
    ).toEqual(before)
  })

  it('after a failure, too', () => {
    const model = new Bugs.WritesParameter()
    const before = model.head.weight.toArray()
    thrown(() => checkModule(model, normal([4, 3]), options))
    expect(model.head.weight.toArray()).toEqual(before)
    expect(model.training).toBe(true)
  })
})

describe('checkModule refuses', () => {
  const linear = new Linear(3, 2, float64)
  it('outputs that contain themselves', () => {
    class Ring extends Headed {
      forward(x: Tensor): Tensor {
        const outputs: unknown[] = [this.head.forward(x)]
        outputs.push({ again: outputs })
        return outputs as unknown as Tensor
      }
    }
    expect(() => checkModule(new Ring(), normal([4, 3]), options)).toThrow(
      new ValueError(
        'checkModule: expected values nested at most 500 deep, got a deeper one: does it ' +
          'contain itself?',
      ),
    )
  })

  it('what is no module, unknown options, and batch axes that are not there', () => {
    expect(() => checkModule({} as Module, normal([1]))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: checkModule: expected a Module of this package, got {}: extend Module]`,
    )
    expect(() =>
      checkModule(linear, normal([4, 3]), { run: 3 } as never),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: checkModule: unknown option 'run': expected numRuns, seed, batchAxis, rtol, ` +
        'differences, exempt]',
    )
    expect(() =>
      checkModule(linear, normal([4, 3]), { batchAxis: 2 }),
    ).toThrowErrorMatchingInlineSnapshot(
      '[ValueError: checkModule: Linear(3 → 2): expected input 0 to have the batch axis 2, got ' +
        'shape (4, 3): pass { batchAxis }]',
    )
    expect(() =>
      checkModule(linear, normal([4, 3]), { batchAxis: [0, 1] }),
    ).toThrowErrorMatchingInlineSnapshot(
      '[ValueError: checkModule: Linear(3 → 2): expected batchAxis to have one axis for each of ' +
        '1 tensors in the input, got 2]',
    )
  })

  it('tensors of different batches', () => {
    class Two extends Headed {
      forward(a: Tensor, b?: Tensor) {
        return [a.mul(2), b?.mul(2)]
      }
    }
    expect(() =>
      checkModule(new Two(), fc.tuple(normal([4, 3]), normal([2, 3])), options),
    ).toThrowErrorMatchingInlineSnapshot(
      '[ValueError: checkModule: Two: expected the tensors of the input to be a batch of one ' +
        'size, got 4 and 2: pass { batchAxis }]',
    )
  })

  it('nothing of what forward itself refuses', () => {
    expect(() => checkModule(linear, normal([4, 2]), options)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: Linear(3 → 2): expected x of shape (…, 3), got (4, 2)]`,
    )
  })
})
