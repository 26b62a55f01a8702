// Sequential, layers one after the other; only those that map one tensor to one tensor.
import { type Tensor, ValueError } from '../tensor/index.ts'
import { kindOf } from './check.ts'
import { Module } from './module.ts'

/** A layer from one tensor to one tensor. */
export type Layer = Module & { forward(x: Tensor): Tensor }

/**
 * y = fₖ(… f₂(f₁(x))). The children are named '0', '1', …, so a parameter is '0.weight', as in PyTorch.
 *
 * @throws ValueError for an argument that is no Module. `forward` throws what its layers throw.
 *
 * @example
 * new Sequential(new Linear(4, 8), new Dropout(0.1), new Linear(8, 2)).forward(ones([3, 4])).shape   // [3, 2]
 */
export class Sequential extends Module {
  readonly layers: readonly Layer[]

  constructor(...layers: Layer[]) {
    super()
    this.layers = layers
    layers.forEach((layer, k) => {
      if (!(layer instanceof Module)) throw new ValueError(`Sequential: expected layer ${k} to be a Module, got ${kindOf(layer)}`)
    })
  }

  protected override describe(): string {
    return 'Sequential'
  }

  protected override fields(): [string, unknown][] {
    return Object.entries(this.layers)
  }

  /** The input of the first layer → the output of the last */
  forward(x: Tensor): Tensor {
    return this.layers.reduce((y, layer) => layer.forward(y), x)
  }
}
