// The public entry point tapegrad/distributed: re-exports, nothing else.

/**
 * The public entry point tapegrad/distributed, for Node: the same training on many machines.
 *
 * @module tapegrad/distributed
 */

export { type AverageOptions, averageGradients } from './averageGradients.ts'
export { GroupError } from './errors.ts'
export type { Group } from './group.ts'
export { type JoinOptions, joinGroup } from './joinGroup.ts'
export { assertSame, synchronise } from './sameness.ts'
export { type ShardOptions, shard } from './shard.ts'
