// The heap: an arena of blocks in the WebAssembly memory, with a free list for each size class, and
// evacuation in place of a garbage collector. It knows no shapes, tapes or scopes:
// tensor/core/lifetime.ts decides when storages are freed.

import { heapBase, memory, type Ptr, start } from '../engine.ts'
import { LINE, Storage } from './storage.ts'
import { bufferOf, viewOf } from './views.ts'

const PAGE = 65536
/** Bytes that WebAssembly can address. */
const LIMIT = 65536 * PAGE
/** The heap is evacuated when it outgrows one of these (see `evacuateOverBudget`). */
const budget = { bytes: 128 * 2 ** 20, blocks: 4096 }
/** Storages of at most SMALL bytes are moved out together, CHUNK_LINES of the arena at once. */
const SMALL = 512
const CHUNK_LINES = 64

/** The storages that have a block. */
const residents: Storage[] = []

/** Number 8·shift + steps: each multiple of a line up to 512 bytes, then four to the octave. */
interface SizeClass {
  /** The length of its blocks. */
  readonly lines: number
  /** The first line of each free one. */
  readonly freeList: number[]
}
const sizeClasses: readonly SizeClass[] = Array.from({ length: 264 }, (_, i) => ({
  lines: (((i - 1) % 8) + 1) << Math.max(((i - 1) >> 3) - 6, 0),
  freeList: [],
}))

/** The arena, all blocks that have been made, begins and ends at these lines. */
let arenaStart = heapBase / LINE
let arenaEnd = arenaStart
/** The memory has at least so many bytes; asking it would take as long as an allocation. */
let knownBytes = 0
/** The memory can have so many bytes: less than LIMIT while the platform refuses more. */
let ceiling = LIMIT
const LEAST_CEILING = 128 * 2 ** 20
/** Storages that were moved in since the last evacuation over budget. */
let movedIn = { bytes: 0, blocks: 0 }
/** The scratch of other threads lies between this line and the arena. */
let scratchStart = arenaStart
/** A thread that was given up may still write in front of this line. */
let abandonedEnd = 0

/**
 * Number 8·shift + steps has blocks of steps·2^(shift − 6) lines: each line up to 512 bytes, then
 * four to the octave, so that from 256 bytes on at most a fifth of a block is unused.
 */
function sizeClassOf(bytes: number): SizeClass {
  const last = bytes <= 64 ? 63 : bytes - 1
  const shift = Math.max(29 - Math.clz32(last), 6)
  return sizeClasses[8 * shift + (last >>> shift) + 1] as SizeClass
}

/** The size of a block for so many bytes. */
export const blockBytes = (bytes: number): number => sizeClassOf(bytes).lines * LINE

/**
 * Gives a storage a block: a free one of its size class, else a new one at the arena's end. Moves
 * no other storage, so it is safe in the middle of an op. Returns false when the memory is full.
 */
function assignBlock(storage: Storage): boolean {
  const { lines, freeList } = sizeClassOf(storage.bytes)
  const free = freeList.pop()
  if (free === undefined) {
    if (!growTo((arenaEnd + lines) * LINE)) return false
    storage.block = arenaEnd
    arenaEnd += lines
  } else storage.block = free
  storage.index = residents.push(storage) - 1
  return true
}

/** Makes the memory at least `end` bytes long, or returns false. Starts the kernels. */
function growTo(end: number): boolean {
  if (end <= knownBytes) return true
  start()
  knownBytes = bufferOf(memory).byteLength
  const missing = end - knownBytes
  if (missing <= 0) return true
  if (end > LIMIT) return false
  const wish = Math.min(Math.max(missing, knownBytes / 4), LIMIT - knownBytes)
  for (const bytes of [wish, missing]) {
    try {
      memory.grow(Math.ceil(bytes / PAGE))
      ceiling = LIMIT
      return true
    } catch {}
  }
  // From now on the heap is evacuated early enough that what is moved in again has room.
  ceiling = Math.max(knownBytes, LEAST_CEILING)
  budget.bytes = Math.min(budget.bytes, ceiling / 2)
  return false
}

/**
 * A storage of `bytes` bytes with arbitrary contents. Call it before reading any `block`: it may
 * move all other storages out. When there is no room even then, it throws the error that `full`
 * makes of the heap as it was.
 */
export function allocate(bytes: number, maker: string, full: (held: Census) => Error): Storage {
  if (arenaEnd * LINE > budget.bytes || residents.length > budget.blocks) evacuateOverBudget()
  const storage = new Storage(bytes, maker)
  if (bytes > LIMIT - arenaStart * LINE) throw full(census())
  if (assignBlock(storage)) return storage
  const held = census()
  if (!evacuate() || !assignBlock(storage)) throw full(held)
  return storage
}

/**
 * The same without moving any other storage: for the middle of an op, which has read their
 * addresses. Null when there is no room.
 */
export function allocateBeside(bytes: number, maker: string): Storage | null {
  const storage = new Storage(bytes, maker)
  return assignBlock(storage) ? storage : null
}

/** Frees the numbers; the error of whoever reads them afterwards says `why`. */
export function free(storage: Storage, why: string): void {
  if (storage.block !== 0) releaseBlock(storage)
  storage.evacuated = null
  storage.freed = why
}

function releaseBlock(storage: Storage): void {
  sizeClassOf(storage.bytes).freeList.push(storage.block)
  const last = residents.pop() as Storage
  if (last !== storage) {
    residents[storage.index] = last
    last.index = storage.index
  }
  storage.block = 0
}

/** Moves an evacuated storage back into the memory; returns false when there is no room. */
export function moveIn(storage: Storage): boolean {
  const { evacuated, evacuatedAt, bytes } = storage
  if (evacuated === null || !assignBlock(storage)) return false
  try {
    viewOf(memory, Uint8Array, storage.start, bytes).set(
      evacuated.subarray(evacuatedAt, evacuatedAt + bytes),
    )
  } catch {
    releaseBlock(storage)
    return false
  }
  storage.evacuated = null
  movedIn.bytes += bytes
  movedIn.blocks++
  return true
}

/**
 * Moves every storage out to an ordinary array. The engine's garbage collector then owns them:
 * it frees those of dead tensors, and an op that needs another one moves it in. (Inside a
 * synchronous loop nothing else tells which tensors are dead: finalizers and weak references wait
 * for its end.) Returns false when there is no room for all copies: then no storage has moved.
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
  for (const { freeList } of sizeClasses) freeList.length = 0
  if (abandonedEnd > arenaStart) arenaStart = scratchStart = abandonedEnd
  arenaEnd = arenaStart
  return true
}

/** Copies the numbers of every resident. Throws the engine's error when it has no room for one. */
function copyOut(): void {
  const all = viewOf(memory, Uint8Array, 0, arenaEnd * LINE)
  const chunks: Uint8Array[] = []
  for (const storage of residents) {
    const { block, bytes, start } = storage
    if (bytes > SMALL) storage.evacuated = all.slice(start, start + bytes)
    else {
      const chunk = Math.floor((block - arenaStart) / CHUNK_LINES)
      storage.evacuatedAt = (block - arenaStart - chunk * CHUNK_LINES) * LINE
      storage.evacuated = chunks[chunk] ??= all.slice(
        start - storage.evacuatedAt,
        start - storage.evacuatedAt + CHUNK_LINES * LINE + SMALL,
      )
    }
  }
}

/**
 * Reserves `bytes` bytes as the scratch of other threads, for good, and returns their address. May
 * move all storages out. Throws a RangeError when there is no room.
 */
export function reserve(bytes: number): Ptr {
  if (abandonedEnd > arenaStart || scratchStart * LINE + bytes > arenaStart * LINE) {
    if (!evacuate() || !growTo(scratchStart * LINE + bytes))
      throw new RangeError(`expected room for ${bytes} bytes, got none`)
    arenaStart = Math.max(arenaStart, scratchStart + Math.ceil(bytes / LINE))
    arenaEnd = arenaStart
  }
  return scratchStart * LINE
}

/**
 * Frees the storages at these addresses, and uses neither their blocks again nor the scratch of
 * other threads: a thread that was given up may still write to both. The error of whoever reads
 * such a storage says `why`.
 */
export function abandon(addresses: readonly Ptr[], why: string): void {
  abandonedEnd = Math.max(abandonedEnd, arenaStart + 1)
  for (const storage of [...residents]) {
    const { block, bytes } = storage
    const { lines, freeList } = sizeClassOf(bytes)
    const end = block + lines
    if (!addresses.some((at) => at >= block * LINE && at < end * LINE)) continue
    abandonedEnd = Math.max(abandonedEnd, end)
    free(storage, why)
    freeList.pop() // The block itself is not free.
  }
}

/**
 * Evacuates a heap that has outgrown its budget. The budget doubles where most of the heap was
 * moved in since the last time, or where there is no room to evacuate it.
 */
function evacuateOverBudget(): void {
  if (movedIn.bytes > (arenaEnd * LINE) / 2) budget.bytes = Math.min(budget.bytes * 2, ceiling / 2)
  if (movedIn.blocks > residents.length / 2) budget.blocks *= 2
  movedIn = { bytes: 0, blocks: 0 }
  if (evacuate()) return
  budget.bytes = Math.max(budget.bytes, 2 * arenaEnd * LINE)
  budget.blocks = Math.max(budget.blocks, 2 * residents.length)
}

/** A storage's buffer and the offset of its bytes. Valid until the next allocation. */
export const locationOf = ({ evacuated, evacuatedAt, start }: Storage): [ArrayBuffer, number] =>
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

/** The contents of the heap; makers by their bytes, largest first. */
export interface Census {
  bytes: number
  /** The bytes that it can hold. */
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
