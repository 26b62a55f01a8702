// What outlives the main job: checkpoints to go on from, and the trained weights in a file of their
// own. It trains nothing.
import { readFileSync } from 'node:fs'
import { type Adam, Generator } from 'tapegrad'
import { readSafetensors, writeSafetensors } from 'tapegrad/files'
import { type Checkpoint, latestCheckpoint } from 'tapegrad/node'
import { whyNotWritten } from '../flags/writableFile.ts'
import { CELLS, type Cell, CharModel } from './model.ts'
import type { Options } from './options.ts'
import type { Progress } from './report.ts'

/** All that the next step of a training depends on, and what was reported so far. */
export interface Training {
  options: Pick<Options, 'cell' | 'hidden' | 'seed'>
  model: ReturnType<CharModel['stateDict']>
  optimizer: ReturnType<Adam['stateDict']>
  generator: ReturnType<Generator['state']>
  /** The epoch, how many of its minibatches are done, and its names in their order. */
  position: { epoch: number; batch: number; order: string[] }
  progress: Progress
}

/** The training to go on with; null to begin. Ends the program where neither can be meant. */
export function savedTraining({ checkpoint, resume }: Options): Training | null {
  if (checkpoint === undefined) return null
  const saved = latestIn(checkpoint)
  for (const { path, reason } of saved?.refused ?? [])
    console.error(`${path} is damaged (${reason}): an earlier checkpoint is taken`)
  if (saved?.warning) console.error(saved.warning)
  if (resume && saved === null) console.error(`no checkpoint in ${checkpoint} yet: a new training`)
  if (!resume && saved !== null) {
    console.error(
      `error: ${checkpoint} holds a training already: go on with it by --resume, or name another ` +
        'folder',
    )
    process.exit(2)
  }
  return saved?.state ?? null
}

function latestIn(folder: string): Checkpoint<Training> | null {
  try {
    return latestCheckpoint<Training>(folder)
  } catch (error) {
    console.error(`error: ${(error as Error).message}`)
    return process.exit(2)
  }
}

const EMBEDDED = 32

export const newModel = (cell: Cell, hidden: number, generator: Generator): CharModel =>
  new CharModel(cell, EMBEDDED, hidden, generator)

/**
 * Writes the weights, where they are wanted, with what is needed to make their model again. Returns
 * why it could not.
 */
export function saveModel(model: CharModel, options: Options): string | null {
  const { cell, hidden, save, epochs, checkpoint } = options
  if (save === undefined) return null
  const bytes = writeSafetensors(model.stateDict(), { cell, hidden: String(hidden) })
  const reason = whyNotWritten(save, bytes)
  if (reason === null) return null
  const again =
    checkpoint === undefined
      ? ''
      : `, by npm start -- --epochs ${epochs} --checkpoint ${checkpoint} --resume --save <file>`
  return `cannot write the weights to '${save}': ${reason}: make room, or name another file${again}`
}

/** The model in a file that `saveModel` wrote. Throws an Error for any other. */
export function loadModel(file: string): CharModel {
  const { tensors, metadata } = readSafetensors(readFileSync(file))
  const { cell, hidden } = metadata
  if (cell === undefined || !(cell in CELLS) || hidden === undefined)
    throw new Error('expected weights that npm start -- --save wrote, got others')
  const model = newModel(cell as Cell, Number(hidden), new Generator())
  model.loadStateDict(tensors)
  return model
}
