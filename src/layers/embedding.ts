// Embedding, a table looked up by index; no padding row, no norm limit.
import { randn, type Shape, type Tensor } from '../tensor/index.ts'
import {
  type Ok,
  type Refusal,
  requireIndices,
  requireOptions,
  requireSizes,
  shown,
} from '../tensor/internal.ts'
import { Module } from './module/module.ts'
import { type InitOptions, requireInit, requireMatch, requireOwnParameters } from './parameters.ts'
import type { LayerOutput } from './types.ts'

/**
 * y[…] = weight[index[…]], with index (…) int32, weight (V, D) and y (…, D); V = numEmbeddings, D =
 * embeddingDim. The gradients of an index that occurs several times add up. The table is drawn from
 * N(0, 1), as in PyTorch.
 *
 * Throws a ValueError for sizes that are no positive integers or unknown options, a DTypeError for
 * a dtype that is not a float's. `forward` throws a DTypeError unless index is an int32
 * tensor, an IndexError naming the first index outside 0..V−1.
 *
 * ```ts
 * new Embedding(27, 8).forward(tensor([[1, 2, 3]], { dtype: 'int32' })) // (1, 3, 8)
 * ```
 */
export class Embedding<
  out V extends number = number,
  out D extends number = number,
> extends Module {
  /** The layer's effect on shapes, for the compiler alone. */
  declare readonly maps: readonly ['embedding', D]
  /** V: how many rows the table has. */
  readonly numEmbeddings: V
  /** D: how long a row is. */
  readonly embeddingDim: D
  /** The table (V, D). */
  weight: Tensor

  constructor(numEmbeddings: V, embeddingDim: D, options: InitOptions = {}) {
    super()
    this.numEmbeddings = numEmbeddings
    this.embeddingDim = embeddingDim
    const who = this.describe()
    const { dtype = 'float32', generator } = requireOptions(who, options, ['dtype', 'generator'])
    requireSizes(who, { numEmbeddings, embeddingDim })
    requireInit(who, { dtype, generator })
    this.weight = randn([numEmbeddings, embeddingDim], { dtype, generator, requiresGrad: true })
  }

  protected override describe(): string {
    return `Embedding(${shown(this.numEmbeddings)} → ${shown(this.embeddingDim)})`
  }

  /** index (…) int32 → (…, D) */
  forward<A extends Shape, M>(
    this: M,
    index: Refusal<LayerOutput<M, A>> & Tensor<A>,
  ): Tensor<Ok<LayerOutput<M, A>>>
  forward(index: Tensor): Tensor {
    const who = this.describe()
    requireOwnParameters(who, [['weight', this.weight, [this.numEmbeddings, this.embeddingDim]]])
    requireMatch(who, 'index', index, ['…'], 'int32')
    requireIndices(who, 'index', index, this.numEmbeddings)
    return this.weight.indexSelect(0, index)
  }
}
