// Sequential, layers one after the other; only those that map one tensor to one tensor.
import { type Shape, type Tensor, ValueError } from '../tensor/index.ts'
import { type Ok, type Refusal, shown } from '../tensor/internal.ts'
import { Module } from './module/module.ts'
import type { LayerOutput } from './types.ts'

/** A layer from one tensor to one tensor. */
export type Layer = Module & { forward(x: Tensor): Tensor }

/**
 * y = fₖ(… f₂(f₁(x))). The children are named '0', '1', …, so a parameter is '0.weight', as in
 * PyTorch.
 *
 * Throws a ValueError for an argument that is no Module. `forward` throws what its layers throw.
 *
 * ```ts
 * const model = new Sequential(new Linear(4, 8), new Dropout(0.1), new Linear(8, 2))
 * model.forward(ones([3, 4])) // (3, 2)
 * ```
 */
export class Sequential<out L extends readonly Layer[] = readonly Layer[]> extends Module {
  /** The layer's effect on shapes, for the compiler alone. */
  declare readonly maps: readonly ['layers', L]
  /** The layers, in the order in which they are applied. */
  readonly layers: L

  constructor(...layers: L) {
    super()
    this.layers = layers
    layers.forEach((layer, k) => {
      if (!(layer instanceof Module))
        throw new ValueError(`Sequential: expected layer ${k} to be a Module, got ${shown(layer)}`)
    })
  }

  protected override describe(): string {
    return 'Sequential'
  }

  protected override fields(): [string, unknown][] {
    return Object.entries(this.layers)
  }

  /** The input of the first layer → the output of the last */
  forward<A extends Shape, M>(
    this: M,
    x: Refusal<LayerOutput<M, A>> & Tensor<A>,
  ): Tensor<Ok<LayerOutput<M, A>>>
  forward(x: Tensor): Tensor {
    return this.layers.reduce<Tensor>((y, layer) => layer.forward(y), x)
  }
}
