// Parameters and layers in #private fields, which no walk can read: refused by name, or listed by
// fields().

import { Linear, Module, Sequential, type Tensor, tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { names } from './bag.ts'

describe('a #private field that nobody lists', () => {
  class Layer extends Module {
    readonly #inner = new Linear(1, 1)
    forward(x: Tensor): Tensor {
      return this.#inner.forward(x)
    }
  }
  class Below extends Layer {}
  class Later extends Module {
    readonly #inner: Linear
    constructor() {
      super()
      this.#inner = new Linear(1, 1)
    }
    forward(x: Tensor): Tensor {
      return this.#inner.forward(x)
    }
  }
  class Weight extends Module {
    readonly #w = tensor([1], { requiresGrad: true })
    forward(x: Tensor): Tensor {
      return x.mul(this.#w)
    }
  }
  class Innocent extends Module {
    // #inner = new Linear(1, 1)
    readonly #seen = new Map<string, number>()
    readonly linear = new Linear(1, 1)
    forward(x: Tensor): Tensor {
      this.#seen.set('calls', (this.#seen.get('calls') ?? 0) + 1)
      return this.linear.forward(x)
    }
  }

  it.each([
    ['a Linear in #inner', () => new Layer()],
    ['a Linear in #inner', () => new Below()],
    ['a Linear in #inner', () => new Later()],
    ['a tensor that requires a gradient in #w', () => new Weight()],
  ])('is refused by name: %s', (what, make) => {
    for (const read of [
      (m: Module) => m.parameters(),
      (m: Module) => m.stateDict(),
      (m: Module) => new Sequential(m as Layer).parameters(),
    ])
      expect(() => read(make())).toThrow(
        `expected fields that can be read, got ${what}: hold it in a plain field, or override ` +
          'fields() to list it',
      )
  })

  it('may hold anything else', () => {
    expect(new Innocent().parameters().length).toBe(2)
  })
})

it('is told of #private fields by fields()', () => {
  class Secret extends Module {
    readonly #inner = new Linear(1, 1, { bias: false })
    protected override fields(): [string, unknown][] {
      return [...super.fields(), ['inner', this.#inner]]
    }
    forward = (x: Tensor) => this.#inner.forward(x)
  }
  expect(names(new Secret())).toEqual(['inner.weight'])
})
