// Checkpoints of a training: saved so that a crash at any moment leaves whole ones, and read only
// when every bit is as it was.

import { createHash } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readSafetensors, writeSafetensors } from '../files/index.ts'
import { ValueError } from '../tensor/index.ts'
import {
  type KernelsInUse,
  kernelsInUse,
  requireFlag,
  requireOptions,
  requireWhole,
  shown,
} from '../tensor/internal.ts'
import { attempt, CheckpointError, codeOf, type RefusedCheckpoint } from './errors.ts'
import {
  makeFolder,
  piecesOf,
  readWhole,
  removeStale,
  syncFolder,
  writeAtomically,
} from './files.ts'
import { differenceOf } from './kernels.ts'
import { flatten, unflatten } from './tree.ts'

/** Which checkpoints a folder keeps. */
export interface SaveOptions {
  /** How many, this one among them; 3 by default. Those of later steps stay, and do not count. */
  keep?: number | undefined
  /** Whether this one is the best so far: then it is kept until the next best one is saved. */
  best?: boolean | undefined
}

/** A checkpoint that was read. */
export interface Checkpoint<S> {
  /** The step at which it was saved. */
  readonly step: number
  /** What was saved. Its tensors are new, and require no gradient. */
  readonly state: S
  /** The file. */
  readonly path: string
  /** The later checkpoints that were damaged, the newest first. */
  readonly refused: readonly RefusedCheckpoint[]
  /** Which other kernels computed until then than would now; null where they are the same. */
  readonly warning: string | null
}

// The names of the metadata are sorted, so that the digits of the checksum lie at one place.
const OPENING = '{"__metadata__":{"checkpoint":"tapegrad 1","sha256":"'
const DIGITS_AT = 8 + OPENING.length
const BLANK = '0'.repeat(64)

const NAME = /^step-(\d{16})(-best)?\.safetensors$/
const nameOf = (step: number, best: boolean): string =>
  `step-${String(step).padStart(16, '0')}${best ? '-best' : ''}.safetensors`

/**
 * Saves the state of a training as one file in a folder, which is made if it is not there. Returns
 * the file's path. A crash at any moment, of the process or the machine, leaves the checkpoints
 * before it whole. Afterwards the folder keeps the last `keep` checkpoints and the best one.
 *
 * The state is a tree of tensors, numbers, texts, booleans, null, undefined, arrays and plain
 * objects, such as state dicts. Everything comes back exactly, NaN, infinities and −0 included.
 *
 * Throws a ValueError that names the path of what cannot be saved, a TapeError for a tensor whose
 * numbers are gone, before anything is written. Throws a CheckpointError, whose message says what
 * is left to do, when the file cannot be written: the checkpoints before it are as they were.
 *
 * ```ts
 * const layer = new Linear(2, 1)
 * const state = { layer: layer.stateDict(), random: randomState(), loss: Infinity }
 * saveCheckpoint(folder, 7, state, { keep: 2, best: true })
 * latestCheckpoint(folder)?.step // 7
 * ```
 */
export function saveCheckpoint(
  folder: string,
  step: number,
  state: unknown,
  options: SaveOptions = {},
): string {
  const who = 'saveCheckpoint'
  requireFolder(who, folder)
  requireWhole(who, 'step', step ?? null, 0)
  const { keep = 3, best = false } = requireOptions(who, options, ['keep', 'best'])
  requireWhole(who, 'keep', keep, 1)
  requireFlag(who, 'best', best)
  const bytes = packed(who, step, state)
  const [name, other] = [nameOf(step, best), nameOf(step, !best)]
  const path = join(folder, name)
  attempt(
    `${who}: expected to write ${path}`,
    'the checkpoints before it are as they were: make room, or name another folder',
    () => {
      makeFolder(folder)
      removeStale(folder)
      const instead = filesIn(folder).some(({ name }) => name === other) ? other : null
      writeAtomically(folder, name, bytes, instead)
    },
  )
  attempt(
    `${who}: expected the disk to take the entry of ${path}`,
    'the file is written, but a crash of the machine may undo it: save again',
    () => syncFolder(folder),
  )
  attempt(
    `${who}: expected to remove older checkpoints`,
    `${path} itself is saved: remove them by hand`,
    () => prune(folder, step, keep),
  )
  return path
}

/**
 * The checkpoint of the last step in a folder; null where the folder has none, or is not there. One
 * that is damaged, by any bit, is passed over: the one before it is taken, and `refused` says which
 * were damaged and how. S is the type of the state that was saved.
 *
 * Call it after `useSystemBlas` or `useWideVectors`: `warning` says whether other kernels compute
 * now than did then. Throws a CheckpointError when there are checkpoints, and none is whole, and
 * for a folder or file that cannot be read; a MemoryError when there is no room.
 *
 * ```ts
 * saveCheckpoint(folder, 3, { h: ones([2]), loss: 0.5 })
 * const { step, state } = latestCheckpoint<{ h: Tensor; loss: number }>(folder)!
 * step // 3
 * state.h // [1, 1]
 * ```
 */
export function latestCheckpoint<S = unknown>(folder: string): Checkpoint<S> | null {
  return newest('latestCheckpoint', folder, false)
}

/**
 * The checkpoint that was last saved as the best; null where the folder has none. All else is as
 * with `latestCheckpoint`.
 *
 * ```ts
 * saveCheckpoint(folder, 1, { loss: 0.5 }, { best: true })
 * saveCheckpoint(folder, 2, { loss: 0.7 })
 * bestCheckpoint(folder)?.step // 1
 * ```
 */
export function bestCheckpoint<S = unknown>(folder: string): Checkpoint<S> | null {
  return newest('bestCheckpoint', folder, true)
}

function newest<S>(who: string, folder: string, bestOnly: boolean): Checkpoint<S> | null {
  requireFolder(who, folder)
  const refused: RefusedCheckpoint[] = []
  for (const { name, step, best } of entriesOf(who, folder)) {
    if (bestOnly && !best) continue
    const path = join(folder, name)
    try {
      const { state, kernels } = unpacked(who, path, step)
      return { step, state: state as S, path, refused, warning: differenceOf(kernels) }
    } catch (error) {
      if (!(error instanceof Damage)) throw error
      refused.push({ path, reason: error.message })
    }
  }
  if (refused.length === 0) return null
  const reasons = refused.map(({ path, reason }) => `\n  ${path}: ${reason}`).join('')
  throw new CheckpointError(
    `${who}: expected a whole checkpoint in ${folder}, got none: put one back, or move these ` +
      `away to begin anew:${reasons}`,
    { refused },
  )
}

function entriesOf(who: string, folder: string): readonly Entry[] {
  return attempt(`${who}: expected to read ${folder}`, 'name a folder that can be read', () => {
    try {
      return checkpointsIn(folder)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    }
  })
}

interface Entry {
  readonly name: string
  readonly step: number
  readonly best: boolean
  readonly isFile: boolean
}

/** What is named as a checkpoint in a folder, the last step first. */
const checkpointsIn = (folder: string): Entry[] =>
  readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const [name, step, best] = NAME.exec(entry.name) ?? []
      return name === undefined
        ? []
        : [{ name, step: Number(step), best: best !== undefined, isFile: entry.isFile() }]
    })
    .sort((a, b) => b.step - a.step)

const filesIn = (folder: string): Entry[] => checkpointsIn(folder).filter(({ isFile }) => isFile)

/** Removes all but the last `keep` of the checkpoints up to this step, and the best of them. */
function prune(folder: string, step: number, keep: number): void {
  const older = filesIn(folder).filter((entry) => entry.step <= step)
  const best = older.find((entry) => entry.best)
  for (const entry of older.slice(keep))
    if (entry !== best) rmSync(join(folder, entry.name), { force: true })
}

/** A file that is not what was written; its message says why. */
class Damage extends Error {}

/** The bytes of a checkpoint. */
function packed(who: string, step: number, state: unknown): Uint8Array<ArrayBuffer> {
  const { plain, tensors } = flatten(who, state)
  const values = JSON.stringify({ kernels: kernelsInUse(), state: plain, step })
  const bytes = writeSafetensors(tensors, { checkpoint: 'tapegrad 1', sha256: BLANK, values })
  bytes.set(new TextEncoder().encode(checksumOf(bytes)), DIGITS_AT)
  return bytes
}

/** The contents of a checkpoint. Throws a Damage unless every bit is as it was. */
function unpacked(
  who: string,
  path: string,
  step: number,
): { state: unknown; kernels: KernelsInUse } {
  const bytes = bytesOf(who, path)
  const text = (from: number, to: number): string =>
    new TextDecoder().decode(bytes.subarray(from, to))
  if (text(8, DIGITS_AT) !== OPENING) throw new Damage('it does not begin as a checkpoint does')
  if (checksumOf(bytes) !== text(DIGITS_AT, DIGITS_AT + BLANK.length))
    throw new Damage('its checksum is not that of its contents')
  const { tensors, metadata } = readSafetensors(bytes)
  const values = JSON.parse(metadata.values as string)
  if (values.step !== step) throw new Damage(`it is the checkpoint of step ${values.step}`)
  return { state: unflatten(values.state, tensors), kernels: values.kernels }
}

/** What a broken disk, or another process that removes checkpoints, makes of a file. */
const DAMAGES = ['EIO', 'EISDIR', 'ENOENT']

function bytesOf(who: string, path: string): Uint8Array<ArrayBuffer> {
  const remedy = 'it may be whole: make it readable'
  return attempt(
    `${who}: expected to read ${path}`,
    remedy,
    () => readWhole(path),
    (error) => {
      if (DAMAGES.includes(codeOf(error) ?? '')) throw new Damage((error as Error).message)
    },
  )
}

/** The checksum of a file whose own digits count as blank. */
function checksumOf(bytes: Uint8Array): string {
  const hash = createHash('sha256').update(bytes.subarray(0, DIGITS_AT)).update(BLANK)
  for (const piece of piecesOf(bytes.subarray(DIGITS_AT + BLANK.length))) hash.update(piece)
  return hash.digest('hex')
}

function requireFolder(who: string, folder: unknown): void {
  if (typeof folder !== 'string' || folder === '')
    throw new ValueError(`${who}: expected the path of a folder, got ${shown(folder)}`)
}
