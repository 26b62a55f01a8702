// The public entry point tapegrad/node: re-exports, nothing else.

/**
 * The public entry point tapegrad/node, for Node only: checkpoints of a training; re-exports,
 * nothing else.
 *
 * @module tapegrad/node
 */

export {
  bestCheckpoint,
  type Checkpoint,
  latestCheckpoint,
  type SaveOptions,
  saveCheckpoint,
} from './checkpoint.ts'
export { CheckpointError, type RefusedCheckpoint } from './errors.ts'
