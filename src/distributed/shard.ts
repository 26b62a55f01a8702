// Shares out examples among the ranks.

import { Generator, rand, Tensor, tensor, ValueError } from '../tensor/index.ts'
import { requireOptions, requireWhole, shown } from '../tensor/internal.ts'
import { type Group, requireGroup } from './group.ts'

/** How examples are shared out. */
export interface ShardOptions {
  /** The seed of the permutation, the same on all ranks: another one for each epoch. */
  seed: number
  /**
   * How many examples of this permutation all ranks together have seen, 0 by default. A training
   * that goes on in the middle of an epoch begins there, on any number of ranks.
   */
  seen?: number | undefined
}

/**
 * This rank's part of the examples: the elements of an array, or the rows of a tensor. They are
 * permuted in the same way on all ranks, and dealt in turn. So the first m examples of n ranks are
 * the first m·n of the permutation. All parts have the same length: up to n − 1 examples are left
 * out, others with another seed. Behind the last ones (`seen`) the parts are empty.
 *
 * Throws a GroupError where the ranks have another number of examples, seed or `seen`; a ValueError
 * for options that are not allowed, and where there is not one example for each rank.
 *
 * ```ts
 * const group = await joinGroup()
 * for (let epoch = 0; epoch < 2; epoch++)
 *   for (const word of shard(['ab', 'cd', 'ef'], group, { seed: epoch })) word.length
 * ```
 */
export function shard<T>(data: readonly T[], group: Group, options: ShardOptions): T[]
export function shard(data: Tensor, group: Group, options: ShardOptions): Tensor
export function shard(
  data: readonly unknown[] | Tensor,
  group: Group,
  options: ShardOptions,
): unknown[] | Tensor {
  const exchange = requireGroup('shard', group)
  const { seed, seen = 0 } = requireOptions('shard', options, ['seed', 'seen'])
  requireWhole('shard', 'seed', seed ?? null, 0)
  if (!(Array.isArray(data) || (data instanceof Tensor && data.rank > 0)))
    throw new ValueError(`shard: expected an array or a tensor of rows, got ${shown(data)}`)
  const length = data instanceof Tensor ? data.shape[0] : data.length
  requireWhole('shard', 'seen', seen, 0, length)
  exchange?.agree({ name: 'shard', what: `${length} examples, seed ${seed}, ${seen} seen` })
  const { rank, size } = group
  const count = Math.floor((length - seen) / size)
  if (count === 0 && seen === 0)
    throw new ValueError(
      `shard: expected at least ${size} examples, one for each rank, got ${length}`,
    )
  const order = permutation(length, seed)
  const own = Int32Array.from({ length: count }, (_, k) => order[seen + k * size + rank])
  return data instanceof Tensor
    ? data.indexSelect(0, tensor(own, { dtype: 'int32' }))
    : Array.from(own, (k) => data[k])
}

/** 0 … n − 1 in an order that depends on the seed alone (Fisher and Yates, Durstenfeld 1964). */
function permutation(n: number, seed: number): Int32Array {
  const draws = rand([n], { dtype: 'float64', generator: new Generator(seed) }).toTypedArray()
  const order = Int32Array.from({ length: n }, (_, k) => k)
  for (let k = n - 1; k > 0; k--) {
    const other = Math.floor(draws[k] * (k + 1))
    ;[order[k], order[other]] = [order[other], order[k]]
  }
  return order
}
