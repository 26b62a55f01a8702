// Who owns which bytes of the WebAssembly memory: blocks from free lists by size class, and
// evacuation in place of a garbage collector. It knows nothing of shapes, tapes or scopes:
// tensor/core/lifetime.ts decides what is freed when.

import { heapBase, memory, type Ptr, start } from '../engine.ts'
import { LINE, Storage } from './storage.ts'
import { bufferOf, viewOf } from './views.ts'

const PAGE = 65536
const LIMIT = 65536 * PAGE
/**
 * The heap is emptied when it outgrows one of these (see `evacuateOverBudget`); both double while
 * what was moved out keeps coming back.
 */
const budget = { bytes: 128 * 2 ** 20, blocks: 4096 }
/** Small storages (bytes) are moved out together, a page of the heap (lines) at a time. */
const SMALL = 512
const SLAB = 64
const residents: Storage[] = []
// By size class.
const freeBlocks: number[][] = Array.from({ length: 264 }, () => [])
const blockSizes = freeBlocks.map(
  (_, sizeClass) => (((sizeClass - 1) % 8) + 1) << Math.max(((sizeClass - 1) >> 3) - 6, 0),
)
let base = heapBase / LINE
let top = base
/** How long the memory is at least; to ask it takes as long as to place a block. */
let length = 0
/** How long it can be: less than 4 GiB while the platform refuses more. */
let ceiling = LIMIT
const LEAST_CEILING = 128 * 2 ** 20
let cameBack = { bytes: 0, blocks: 0 }
/**
 * Where the room of other threads begins, and up to where one that was given up may still write
 * (lines).
 */
let reserved = base
let haunted = 0

/**
 * A size class, four to the octave from 64 bytes up, so that at most a fifth of a block is unused:
 * 8·shift + steps, for blocks of steps·2^(shift − 6) lines.
 */
function classOf(bytes: number): number {
  const last = bytes <= 64 ? 63 : bytes - 1
  const shift = Math.max(29 - Math.clz32(last), 6)
  return 8 * shift + (last >>> shift) + 1
}

/** How large a block for so many bytes is. */
export const blockBytes = (bytes: number): number => (blockSizes[classOf(bytes)] as number) * LINE

/**
 * Gives a storage its block. Never moves another one, so it is safe in the middle of an op. Returns
 * false when the memory is full.
 */
function place(storage: Storage): boolean {
  const sizeClass = classOf(storage.bytes)
  const reused = (freeBlocks[sizeClass] as number[]).pop()
  if (reused === undefined) {
    const size = blockSizes[sizeClass] as number
    if (!reach((top + size) * LINE)) return false
    storage.block = top
    top += size
  } else storage.block = reused
  storage.index = residents.push(storage) - 1
  return true
}

/** Makes the memory at least `end` bytes long. The first call starts the kernels. */
function reach(end: number): boolean {
  if (end <= length) return true
  start()
  length = bufferOf(memory).byteLength
  const missing = end - length
  if (missing <= 0) return true
  if (end > LIMIT) return false
  const wish = Math.min(Math.max(missing, length / 4), LIMIT - length)
  for (const bytes of [wish, missing]) {
    try {
      memory.grow(Math.ceil(bytes / PAGE))
      ceiling = LIMIT
      return true
    } catch {}
  }
  // From now on the heap is emptied early enough that what comes back still finds room.
  ceiling = Math.max(length, LEAST_CEILING)
  budget.bytes = Math.min(budget.bytes, ceiling / 2)
  return false
}

/**
 * A storage of `bytes` bytes with arbitrary contents. Call it before reading any `block`: it may
 * move everything else out. When there is no room even then, throws what `full` makes of the heap
 * as it was.
 */
export function allocate(bytes: number, maker: string, full: (held: Census) => Error): Storage {
  if (top * LINE > budget.bytes || residents.length > budget.blocks) evacuateOverBudget()
  const storage = new Storage(bytes, maker)
  if (bytes > LIMIT - base * LINE) throw full(census())
  if (place(storage)) return storage
  const held = census()
  if (!evacuate() || !place(storage)) throw full(held)
  return storage
}

/**
 * A storage of `bytes` bytes beside the others, none of which is moved: for the middle of an op,
 * which has read their places. Null when there is no room.
 */
export function allocateBeside(bytes: number, maker: string): Storage | null {
  const storage = new Storage(bytes, maker)
  return place(storage) ? storage : null
}

/** Frees the block; whoever reads the storage afterwards learns `why`. */
export function free(storage: Storage, why: string): void {
  if (storage.block !== 0) vacate(storage)
  storage.evacuated = null
  storage.freed = why
}

function vacate(storage: Storage): void {
  ;(freeBlocks[classOf(storage.bytes)] as number[]).push(storage.block)
  const last = residents.pop() as Storage
  if (last !== storage) {
    residents[storage.index] = last
    last.index = storage.index
  }
  storage.block = 0
}

/**
 * Moves an evacuated storage back into the memory. Returns false when there is no room: it then
 * stays where it is.
 */
export function moveIn(storage: Storage): boolean {
  const { evacuated, evacuatedAt, bytes } = storage
  if (evacuated === null || !place(storage)) return false
  try {
    viewOf(memory, Uint8Array, storage.start, bytes).set(
      evacuated.subarray(evacuatedAt, evacuatedAt + bytes),
    )
  } catch {
    vacate(storage)
    return false
  }
  storage.evacuated = null
  cameBack.bytes += storage.bytes
  cameBack.blocks++
  return true
}

/**
 * Moves every storage out to an ordinary array. The engine's garbage collector then owns them:
 * those of dead tensors vanish, the others move back in when an op needs them. (Nothing tells
 * inside a synchronous loop which tensors are dead: finalizers and weak references wait for its
 * end.) Returns false when there is no room for all the copies: then none is kept, and every
 * storage is where it was.
 */
export function evacuate(): boolean {
  try {
    copyOut()
  } catch {
    for (const storage of residents) storage.evacuated = null
    return false
  }
  for (const storage of residents) storage.block = 0
  residents.length = 0
  for (const list of freeBlocks) list.length = 0
  if (haunted > base) base = reserved = haunted
  top = base
  return true
}

/**
 * Gives every resident a copy of its numbers. Throws what the engine throws when it has no room for
 * one.
 */
function copyOut(): void {
  const all = viewOf(memory, Uint8Array, 0, top * LINE)
  const slabs: Uint8Array[] = []
  for (const storage of residents) {
    const { block, bytes, start } = storage
    if (bytes > SMALL) storage.evacuated = all.slice(start, start + bytes)
    else {
      const slab = Math.floor((block - base) / SLAB)
      storage.evacuatedAt = (block - base - slab * SLAB) * LINE
      storage.evacuated = slabs[slab] ??= all.slice(
        start - storage.evacuatedAt,
        start - storage.evacuatedAt + SLAB * LINE + SMALL,
      )
    }
  }
}

/**
 * Leaves `bytes` bytes to other threads, for good, and returns where they begin. May move
 * everything out. Throws a RangeError when there is no room.
 */
export function reserve(bytes: number): Ptr {
  if (haunted > base || reserved * LINE + bytes > base * LINE) {
    if (!evacuate() || !reach(reserved * LINE + bytes))
      throw new RangeError(`expected room for ${bytes} bytes, got none`)
    base = Math.max(base, reserved + Math.ceil(bytes / LINE))
    top = base
  }
  return reserved * LINE
}

/**
 * Gives up the storages that these places lie in, and the room of other threads: one that was given
 * up may still write there, so nothing else is ever put there. Whoever reads such a storage learns
 * `why`.
 */
export function forsake(places: readonly Ptr[], why: string): void {
  haunted = Math.max(haunted, base + 1)
  for (const storage of [...residents]) {
    const { block, bytes } = storage
    const sizeClass = classOf(bytes)
    const end = block + (blockSizes[sizeClass] as number)
    if (!places.some((place) => place >= block * LINE && place < end * LINE)) continue
    haunted = Math.max(haunted, end)
    free(storage, why)
    ;(freeBlocks[sizeClass] as number[]).pop()
  }
}

/**
 * Empties a heap that has outgrown its budget; where there is no room for that, it may go on
 * growing.
 */
function evacuateOverBudget(): void {
  if (cameBack.bytes > (top * LINE) / 2) budget.bytes = Math.min(budget.bytes * 2, ceiling / 2)
  if (cameBack.blocks > residents.length / 2) budget.blocks *= 2
  cameBack = { bytes: 0, blocks: 0 }
  if (evacuate()) return
  budget.bytes = Math.max(budget.bytes, 2 * top * LINE)
  budget.blocks = Math.max(budget.blocks, 2 * residents.length)
}

/** The buffer that holds a storage's bytes now, and where they begin. Good until an allocation. */
export const whereabouts = ({ evacuated, evacuatedAt, start }: Storage): [ArrayBuffer, number] =>
  evacuated === null
    ? [bufferOf(memory), start]
    : [evacuated.buffer as ArrayBuffer, evacuated.byteOffset + evacuatedAt]

/** The bytes of a storage as they are now; no copy. Valid until the next allocation. */
export function bytesOf(storage: Storage): Uint8Array {
  const { evacuated, evacuatedAt, start, bytes } = storage
  return evacuated === null
    ? viewOf(memory, Uint8Array, start, bytes)
    : evacuated.subarray(evacuatedAt, evacuatedAt + bytes)
}

/**
 * What the heap holds: bytes in blocks, how many it may hold, and the bytes by maker, largest
 * first.
 */
export interface Census {
  bytes: number
  limit: number
  makers: { maker: string; bytes: number; count: number }[]
}

export function census(): Census {
  const makers = new Map<string, Census['makers'][number]>()
  for (const { maker, bytes } of residents) {
    const row = makers.get(maker) ?? { maker, bytes: 0, count: 0 }
    makers.set(maker, { maker, bytes: row.bytes + bytes, count: row.count + 1 })
  }
  const rows = [...makers.values()].sort((a, b) => b.bytes - a.bytes)
  return { bytes: rows.reduce((sum, row) => sum + row.bytes, 0), limit: ceiling, makers: rows }
}
