// Modules that each break one law of checkModule, and small tools for the tests of both sides.

import fc from 'fast-check'
import {
  Dropout,
  Generator,
  Linear,
  Module,
  randn,
  type Tensor,
  tensor,
  unary,
  zeros,
} from 'tapegrad'
import { CheckError } from 'tapegrad/testing'
import { expect } from 'vitest'

export const float64 = { dtype: 'float64' } as const
export const seeds = fc.integer({ min: 0, max: 1000 })
export const normal = (shape: number[], dtype: 'float32' | 'float64' = 'float64') =>
  seeds.map((seed) => randn(shape, { dtype, generator: new Generator(seed) }))
export const options = { numRuns: 4, seed: 7 }

export function thrown(run: () => unknown): CheckError {
  try {
    run()
  } catch (error) {
    if (error instanceof CheckError) return error
    throw error
  }
  return expect.fail('nothing was thrown')
}

export const badCube = unary('badCube', {
  f: (x) => x ** 3,
  vjp: (g, _y, x) => g.mul(x.square()).mul(2),
})

export abstract class Headed extends Module {
  head = new Linear(3, 3, float64)
  abstract override forward(x: Tensor): unknown
}

/** One bug in each; the law it breaks stands in the table below. */
export const Bugs = {
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
