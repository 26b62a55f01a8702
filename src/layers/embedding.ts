// Embedding, a table looked up by index; no padding row, no norm limit.
import { checkOptions, randn, requireIndices, type Tensor } from '../tensor/index.ts'
import { checkFloat, checkSizes, checkTensor } from './check.ts'
import type { InitOptions } from './init.ts'
import { Module } from './module.ts'

/**
 * y[…] = weight[index[…]], with index (…) int32, weight (V, D) and y (…, D); V = numEmbeddings, D = embeddingDim.
 * The gradients of an index that occurs several times add up. The table is drawn from N(0, 1), as in PyTorch.
 *
 * @throws ValueError for sizes that are no positive integers or unknown options; DTypeError for a dtype that is not a float's.
 * `forward` throws DTypeError unless index is int32, IndexError naming the first index outside 0..V−1.
 *
 * @example
 * new Embedding(27, 8).forward(tensor([[1, 2, 3]], { dtype: 'int32' })).shape   // [1, 3, 8]
 */
export class Embedding extends Module {
  readonly numEmbeddings: number
  readonly embeddingDim: number
  weight: Tensor

  constructor(numEmbeddings: number, embeddingDim: number, options: InitOptions = {}) {
    super()
    this.numEmbeddings = numEmbeddings
    this.embeddingDim = embeddingDim
    const who = this.describe()
    const { dtype = 'float32', generator } = options
    checkOptions(who, options, ['dtype', 'generator'] satisfies (keyof InitOptions)[])
    checkSizes(who, { numEmbeddings, embeddingDim })
    checkFloat(who, dtype)
    this.weight = randn([numEmbeddings, embeddingDim], { dtype, generator, requiresGrad: true })
  }

  protected override describe(): string {
    return `Embedding(${this.numEmbeddings} → ${this.embeddingDim})`
  }

  /** index (…) → (…, D) */
  forward(index: Tensor): Tensor {
    const who = this.describe()
    checkTensor(who, 'index', index, ['…'], 'int32')
    requireIndices(who, 'index', index, this.numEmbeddings)
    return this.weight.indexSelect(0, index)
  }
}
