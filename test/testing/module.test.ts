// checkModule accepts our own modules and rejects every planted bug, each by the law that it
// breaks.
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
  unary,
  ValueError,
  zeros,
} from 'tapegrad'
import { CheckError, checkModule } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'

const float64 = { dtype: 'float64' } as const
const seeds = fc.integer({ min: 0, max: 1000 })
const normal = (shape: number[], dtype: 'float32' | 'float64' = 'float64') =>
  seeds.map((seed) => randn(shape, { dtype, generator: new Generator(seed) }))
const options = { numRuns: 4, seed: 7 }

function thrown(run: () => unknown): CheckError {
  try {
    run()
  } catch (error) {
    if (error instanceof CheckError) return error
    throw error
  }
  return expect.fail('nothing was thrown')
}

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

const badCube = unary('badCube', { f: (x) => x ** 3, vjp: (g, _y, x) => g.mul(x.square()).mul(2) })

abstract class Headed extends Module {
  head = new Linear(3, 3, float64)
  abstract override forward(x: Tensor): unknown
}

/** One bug in each; the law it breaks stands in the table below. */
const Bugs = {
  OffTheTape: class extends Headed {
    forward(x: Tensor) {
      return x.add(this.head.forward(x).detach())
    }
  },
  Unused: class extends Headed {
    tail = new Linear(3, 3, float64)
    forward(x: Tensor) {
      return this.head.forward(x)
    }
  },
  DetachedInTraining: class extends Headed {
    forward(x: Tensor) {
      const y = this.head.forward(x)
      return this.training ? y.detach().add(this.head.bias as Tensor) : y
    }
  },
  TimesZero: class extends Headed {
    scale = zeros([3], { ...float64, requiresGrad: true })
    forward(x: Tensor) {
      return this.head.forward(x).add(this.scale.mul(0))
    }
  },
  HiddenInAnInstance: class extends Headed {
    layers = new (class Holder {
      tail = new Linear(3, 3, float64)
    })()
    forward(x: Tensor) {
      return this.layers.tail.forward(this.head.forward(x))
    }
  },
  HiddenByFields: class extends Headed {
    layers = new Map([['tail', { tail: new Linear(3, 3, float64) }]])
    protected override fields(): [string, unknown][] {
      return super.fields().slice(0, -1)
    }
    forward(x: Tensor) {
      return this.layers.get('tail')?.tail.forward(this.head.forward(x)) ?? x
    }
  },
  HiddenInPrivate: class extends Headed {
    // Told by no source: a plain `new Linear` here is refused by the walk.
    #tail = (() => new Linear(3, 3, float64))()
    forward(x: Tensor) {
      return this.#tail.forward(this.head.forward(x))
    }
  },
  ComputedOnce: class extends Headed {
    scale = randn([3], { ...float64, requiresGrad: true }).mul(0.1)
    forward(x: Tensor) {
      return this.head.forward(x).mul(this.scale)
    }
  },
  NormalisedAcrossSamples: class extends Headed {
    forward(x: Tensor) {
      const y = this.head.forward(x)
      return y.sub(y.mean(0))
    }
  },
  OrderMixed: class extends Headed {
    forward(x: Tensor) {
      return this.head.forward(x).flip(0)
    }
  },
  ByPosition: class extends Headed {
    forward(x: Tensor) {
      const y = this.head.forward(x)
      return y.mul(tensor([...Array(x.shape[0]).keys()], float64).unsqueeze(1))
    }
  },
  BackwardByPosition: class extends Headed {
    forward(x: Tensor) {
      const { bias } = this.head
      // The value of the bias for everyone; its gradient for the first alone.
      const first = tensor(
        [...Array(x.shape[0]).keys()].map((b) => (b === 0 ? 1 : 0)),
        float64,
      ).unsqueeze(1)
      return x
        .add((bias as Tensor).mul(first))
        .add((bias as Tensor).detach().mul(first.neg().add(1)))
        .add(this.head.forward(x))
    }
  },
  SqueezesOne: class extends Headed {
    forward(x: Tensor) {
      return this.head.forward(x).squeeze()
    }
  },
  RefusesOne: class extends Headed {
    forward(x: Tensor) {
      if (x.shape[0] === 1) throw new Error('a batch of one')
      return this.head.forward(x)
    }
  },
  ForgottenEval: class extends Headed {
    drop = new Dropout(0.5)
    forward(x: Tensor) {
      this.drop.training = true
      return this.drop.forward(this.head.forward(x))
    }
  },
  NoiseInEval: class extends Headed {
    forward(x: Tensor) {
      return this.head.forward(x).add(randn(x.shape, float64))
    }
  },
  EvalOfOneLevel: class extends Headed {
    drop = new Dropout(0.5)
    override eval() {
      this.training = false
      return this
    }
    forward(x: Tensor) {
      return this.drop.forward(this.head.forward(x))
    }
  },
  KeepsState: class extends Headed {
    state: Tensor | null = null
    forward(x: Tensor) {
      const y = this.head.forward(x)
      const out = this.state?.shape[0] === x.shape[0] ? y.add(this.state) : y
      this.state = y.detach()
      return out
    }
  },
  KeepsTape: class extends Headed {
    state: Tensor | null = null
    forward(x: Tensor) {
      const y = this.head.forward(x).tanh()
      this.state = this.state ? y.add(this.state) : y
      return this.state
    }
  },
  KeepsTapeInPrivate: class extends Headed {
    #state: Tensor | null = null
    forward(x: Tensor) {
      const y = this.head.forward(x).tanh()
      this.#state = this.#state ? y.add(this.#state) : y
      return this.#state
    }
  },
  WritesInput: class extends Headed {
    forward(x: Tensor) {
      const y = this.head.forward(x)
      x.assign_(x.mul(2))
      return y
    }
  },
  WritesParameter: class extends Headed {
    forward(x: Tensor) {
      const w = this.head.weight
      w.assign_(w.detach().mul(0.5))
      return this.head.forward(x)
    }
  },
  ReplacesParameter: class extends Headed {
    scale = zeros([3], { ...float64, requiresGrad: true })
    forward(x: Tensor) {
      const y = this.head.forward(x).mul(this.scale.exp())
      this.scale = this.scale.detach().clone()
      this.scale.requiresGrad = true
      return y
    }
  },
  Freezes: class extends Headed {
    forward(x: Tensor) {
      const y = this.head.forward(x)
      this.head.weight.requiresGrad = false
      return y
    }
  },
  WalksBackInForward: class extends Headed {
    forward(x: Tensor) {
      this.head.forward(x).sum().backward()
      return this.head.forward(x)
    }
  },
  SwitchesMode: class extends Headed {
    forward(x: Tensor) {
      this.train()
      return this.head.forward(x)
    }
  },
  WrongDerivative: class extends Headed {
    forward(x: Tensor) {
      return badCube(this.head.forward(x))
    }
  },
  FirstStepOnly: class extends Headed {
    cell = new Linear(3, 3, { ...float64, bias: false })
    forward(x: Tensor) {
      let h = this.head.forward(x).tanh()
      for (let t = 0; t < 3; t++) h = this.cell.forward(h.detach()).add(this.head.forward(x)).tanh()
      return h
    }
  },
  NoTensor: class extends Headed {
    forward(x: Tensor) {
      return this.head.forward(x).toArray()
    }
  },
}

const broken: Record<keyof typeof Bugs, [law: string, said: RegExp]> = {
  OffTheTape: ['gradient', /none for head\.weight, which is not on the tape.*none for head\.bias/],
  Unused: ['gradient', /got none for tail\.weight, which is not on the tape/],
  DetachedInTraining: ['gradient', /got none for head\.weight, which is not on the tape/],
  TimesZero: ['gradient', /got none for scale, which got 0 in all 4 runs/],
  HiddenInAnInstance: [
    'parameters',
    /expected parameters\(\) to list what the outputs depend on, got \(3(, 3)?\) float64 left out/,
  ],
  HiddenByFields: [
    'parameters',
    /expected parameters\(\) to list layers\.tail\.tail\.weight \(3, 3\)/,
  ],
  HiddenInPrivate: [
    'parameters',
    /expected parameters\(\) to list what the outputs depend on, got \(3(, 3)?\) float64 left out/,
  ],
  ComputedOnce: [
    'parameters',
    /expected parameter scale \(3\) to be a leaf, got the result of mul/,
  ],
  NormalisedAcrossSamples: ['batch', /output at \[0, \d\] of number 0 in a batch of 4 to be/],
  OrderMixed: ['permutation', /with the batch in the order 1, 2, 0, 3/],
  ByPosition: ['permutation', /with the batch in the order 1, 2, 0, 3/],
  BackwardByPosition: [
    'permutation',
    /the gradient of head\.bias at \[\d\] with the batch in the order/,
  ],
  SqueezesOne: [
    'batch',
    /output to have one axis that is the batch, got \(4, 3\) float64 for a batch of 4 and \(3\) float64 for one/,
  ],
  RefusesOne: ['batch', /to take one of the batch alone, number 0, got Error: a batch of one/],
  ForgottenEval: ['mode', /leave the mode, got training true in drop/],
  NoiseInEval: ['repeatable', /a second time in evaluation mode/],
  EvalOfOneLevel: ['mode', /eval\(\) to reach head, got training true there/],
  KeepsState: ['repeatable', /a second time in evaluation mode/],
  KeepsTape: ['mutation', /each the same tensor, got others: head\.weight, head\.bias, state/],
  KeepsTapeInPrivate: [
    'repeatable',
    /to take the same input after eval\(\), got TapeError: tanh: its result \(4, 3\) was recycled/,
  ],
  WritesInput: ['mutation', /forward\(\) to leave its input 0 as it is, got/],
  WritesParameter: ['mutation', /forward\(\) to leave parameter head\.weight as it is/],
  ReplacesParameter: ['mutation', /each the same tensor/],
  Freezes: [
    'mutation',
    /leave the parameters head\.weight, head\.bias, each the same tensor, got others: head\.bias/,
  ],
  WalksBackInForward: ['mutation', /leave head\.weight\.grad as it is/],
  SwitchesMode: ['mode', /leave the mode, got training true in the module itself/],
  WrongDerivative: ['derivative', /parameter head\.weight.*badCube/s],
  FirstStepOnly: ['derivative', /parameter (head|cell)/],
  NoTensor: ['shape', /forward\(\) to return a tensor/],
}

describe('checkModule rejects', () => {
  it.each(Object.entries(broken))('%s', (name, [law, said]) => {
    const model: Module = new Bugs[name as keyof typeof Bugs]()
    const error = thrown(() => checkModule(model, normal([4, 3]), options))
    expect(error.message).toMatch(said)
    expect(error.check).toBe(law)
    expect(error.message.startsWith('checkModule: ')).toBe(true)
  })

  it('with the input and the seed', () => {
    expect(() =>
      checkModule(new Bugs.WritesInput(), fc.constant(tensor([[1, 2, 3]], float64)), options),
    ).toThrowErrorMatchingInlineSnapshot(`
      [CheckError: checkModule: WritesInput: expected forward() to leave its input 0 as it is, got 2 for 1 at [0, 0] (seed 7)
        input: tensor([[1., 2., 3.]], shape (1, 3), float64)]
    `)
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
