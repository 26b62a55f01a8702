// readTorch: state dicts and checkpoints that torch.save wrote, as plain objects of tensors; it
// executes nothing in them.
import type { Tensor } from '../../tensor/index.ts'
import { shown } from '../../tensor/internal.ts'
import { Archive } from '../archive.ts'
import { givenBytes } from '../bytes.ts'
import { DAMAGED, refuse, SAVE_STATE, textOf } from './error.ts'
import { Call, DEEPEST, Dict, Tuple, unpickle } from './pickle.ts'
import { isKnown, SIZE, Tensors } from './tensors.ts'

/** A value of a file of PyTorch. Whole numbers beyond 2⁵³ are bigints. */
export type TorchValue =
  | Tensor
  | string
  | number
  | bigint
  | boolean
  | null
  | TorchValue[]
  | { [key: string]: TorchValue }

/**
 * What `torch.save(value, path)` wrote, since PyTorch 1.6, read from the bytes of the file: a state
 * dict, or a checkpoint of dicts, lists, tuples, numbers, text, booleans and None around some.
 * Dicts come out as objects (whole numbers as keys as text), lists and tuples as arrays, None as
 * null; what is shared in the file is shared in the result. Nothing in the file is executed.
 *
 * float32, float64, int32 and bool come out as they are, float16 and bfloat16 as float32, int8,
 * uint8, int16 and int64 as int32, views and parameters as tensors of their own that require no
 * gradient. T is the type that the caller expects of the value, or TorchValue; it is not checked.
 *
 * Throws a ValueError unless these are bytes, a TorchFileError for whole models, TorchScript, the
 * format before 1.6, compressed entries and anything else that is no such value, for an int64
 * outside of int32, and for damaged files.
 *
 * ```ts
 * // In Python: torch.save(torch.nn.LSTM(3, 5, batch_first=True).state_dict(), 'lstm.pt')
 * async function load(lstm: LSTM) {
 *   const file = await fetch('lstm.pt')
 *   lstm.loadStateDict(readTorch(new Uint8Array(await file.arrayBuffer())))
 * }
 * // Of a checkpoint { 'model': model.state_dict(), 'epoch': 3 }:
 * const epochOf = (bytes: Uint8Array) =>
 *   readTorch<{ model: Record<string, Tensor>; epoch: number }>(bytes).epoch
 * ```
 */
export function readTorch<T = Record<string, Tensor>>(bytes: Uint8Array | ArrayBuffer): T {
  const file = givenBytes('readTorch', bytes)
  if (file[0] === 0x80)
    refuse(
      'expected a zip archive, as torch.save writes since version 1.6, got the older format: ' +
        ANEW,
    )
  const archive = new Archive(file, damaged, { mayLackChecksums: true })
  const { folder, pickle } = pickleOf(archive)
  const tensors = new Tensors(file.length, (key) => stored(archive, `${folder}data/${key}`))
  return new Reader(tensors).read(unpickle(pickle, isKnown), '', 0) as T
}

const PICKLE = 'data.pkl'
const ANEW = 'load it with torch and save it anew: torch.save(model.state_dict(), path)'

const damaged = (expected: string, got: string): never =>
  refuse(`expected ${expected}, got ${got}: ${DAMAGED}`)

/** The bytes of an entry; null where there is none. torch.save compresses nothing. */
function stored(archive: Archive, name: string): Uint8Array | null {
  const entry = archive.entries.get(name)
  if (entry === undefined) return null
  if (entry.method !== 0)
    refuse(
      `expected ${name} to be stored as it is, got compression method ${entry.method}: ${ANEW}`,
    )
  return archive.read(entry)
}

/** The pickle of an archive, and the folder in which everything stands. */
function pickleOf(archive: Archive): { folder: string; pickle: Uint8Array } {
  for (const name of archive.entries.keys()) {
    const folder = name.slice(0, -PICKLE.length)
    if (name !== folder + PICKLE || folder.indexOf('/') !== folder.length - 1) continue
    if (archive.entries.has(`${folder}constants.pkl`))
      refuse(`expected a state dict, got TorchScript: ${SAVE_STATE}`)
    const order = textOf(stored(archive, `${folder}byteorder`) ?? new Uint8Array())
    if (order !== '' && order !== 'little')
      refuse(`expected little-endian numbers, got ${shown(order)}: save them on another machine`)
    const pickle = stored(archive, name)
    if (pickle !== null) return { folder, pickle }
  }
  return refuse(`expected an entry ${PICKLE}, got a zip archive of other files: ${SAVE_STATE}`)
}

/** Makes plain values of those of a pickle, each once. */
class Reader {
  readonly #tensors: Tensors
  readonly #made = new Map<object, TorchValue>()
  readonly #open = new Set<object>()

  constructor(tensors: Tensors) {
    this.#tensors = tensors
  }

  read(value: unknown, path: string, depth: number): TorchValue {
    if (typeof value !== 'object' || value === null) return value as TorchValue
    const before = this.#made.get(value)
    if (before !== undefined) return before
    if (this.#open.has(value) || depth > DEEPEST)
      refuse(
        `${path}expected values nested at most ${DEEPEST} deep, got deeper ones, or one that ` +
          `contains itself: ${SAVE_STATE}`,
      )
    this.#open.add(value)
    const made = this.#make(value, path, depth + 1)
    this.#open.delete(value)
    this.#made.set(value, made)
    return made
  }

  #make(value: object, path: string, depth: number): TorchValue {
    const list = (items: readonly unknown[]) =>
      items.map((item, i) => this.read(item, inside(path, String(i)), depth))
    if (Array.isArray(value)) return list(value)
    if (value instanceof Tuple) return list(value.items)
    if (value instanceof Dict) return this.#object(value, path, depth)
    if (!(value instanceof Call))
      return refuse(`${path}expected a value, got a name or a storage: ${SAVE_STATE}`)
    if (value.path !== SIZE) return this.#tensors.make(value, path)
    const [size] = value.args
    return size instanceof Tuple
      ? list(size.items)
      : refuse(`${path}expected a size, got none: ${DAMAGED}`)
  }

  #object({ pairs }: Dict, path: string, depth: number): { [key: string]: TorchValue } {
    const entries = new Map<string, TorchValue>()
    for (let i = 0; i < pairs.length; i += 2) {
      const key = keyOf(pairs[i], path)
      if (entries.has(key))
        refuse(`${path}expected each key once, got ${shown(key)} twice: ${SAVE_STATE}`)
      entries.set(key, this.read(pairs[i + 1], inside(path, key), depth))
    }
    // Object.fromEntries defines a field of its own for __proto__, too.
    return Object.fromEntries(entries)
  }
}

/** `a.b: ` for messages. */
const inside = (path: string, key: string): string => `${path.slice(0, -2)}${path && '.'}${key}: `

function keyOf(key: unknown, path: string): string {
  if (typeof key === 'string' || Number.isInteger(key) || typeof key === 'bigint')
    return String(key)
  return refuse(`${path}expected text or whole numbers as keys, got ${shown(key)}: ${SAVE_STATE}`)
}
