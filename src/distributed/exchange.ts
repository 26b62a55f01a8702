// Collective calls of a group, each within a time limit and only after all ranks have agreed on it.
// It knows bytes and addresses, and no tensors.

import { createHash } from 'node:crypto'
import { GroupError } from './errors.ts'
import type { Link } from './link.ts'
import type { WireType } from './mpi/abi.ts'

/**
 * Milliseconds of asking alone, before the process sleeps between two questions: while ranks may
 * still be on their way, and while numbers move, which they do only when asked.
 */
const [MEETING, MOVING] = [2, 1000]
/** Milliseconds of such a sleep. */
const SLEEP = 0.1
/** Milliseconds until a rank that waits tells the others. */
const TELLING = 100

/** A call that the ranks make together: its name, and all that must be the same on them. */
export interface Call {
  readonly name: string
  readonly what: string
}

const BYTES: Record<WireType, number> = { float32: 4, float64: 8, int32: 4, bytes: 1 }

/** The collective calls over a link. */
export class Exchange {
  readonly #link: Link
  readonly #timeoutMs: number
  /** Calls so far. */
  #count = 0
  /** Why no further call can be made; null while all is well. */
  #broken: string | null = null

  constructor(link: Link, timeoutMs: number) {
    this.#link = link
    this.#timeoutMs = timeoutMs
  }

  /** Why no further call can be made; null while all is well. */
  get failure(): string | null {
    return this.#broken
  }

  /**
   * Waits until all ranks make this call, and returns the number that each of them gives. Throws a
   * GroupError on all of them where their calls differ, and where one does not come in time.
   */
  agree({ name, what }: Call, own = 0): number[] {
    if (this.#broken !== null)
      throw new GroupError(
        `${name}: expected a group in order, got one that failed before (${this.#broken}): end ` +
          'this process, and begin anew from a checkpoint',
      )
    this.#count++
    const record = new Uint8Array(new ArrayBuffer(64), 0, 2 * NUMBER)
    const text = textOf({ name, what })
    record.set(createHash('sha256').update(text).digest().subarray(0, NUMBER))
    new Float64Array(record.buffer, NUMBER, 1)[0] = own
    const all = this.#gather({ name, what }, record, MEETING)
    const isSame = all.every((other) => other.subarray(0, NUMBER).every((x, i) => x === record[i]))
    if (!isSame) this.#refuse(name, text)
    return all.map((other) => new Float64Array(other.slice(NUMBER).buffer)[0] as number)
  }

  /** All ranks come here, because each of them has seen that the calls differ. */
  #refuse(name: string, text: string): never {
    const call = { name, what: 'what differs' }
    const own = new TextEncoder().encode(text)
    const length = new Float64Array(new ArrayBuffer(64), 0, 1).fill(own.length)
    const all = this.#gather(call, new Uint8Array(length.buffer, 0, NUMBER))
    const lengths = all.map((bytes) => new Float64Array(bytes.slice().buffer)[0] as number)
    const texts = this.#gatherPadded(call, own, lengths)
    const byText = new Map<string, number[]>()
    texts.forEach((bytes, rank) => {
      const other = new TextDecoder().decode(bytes)
      byText.set(other, [...(byText.get(other) ?? []), rank])
    })
    const got = [...byText].map(([other, where]) => `${other} on ${ranks(where)}`)
    throw new GroupError(
      `${name}: expected the same call on all ranks, got ${got.join(', ')}: every rank must make ` +
        'the same calls in the same order, with the same shapes and dtypes',
    )
  }

  /**
   * Sums `count` numbers in the kernels' memory over the ranks, in place, in pieces of at most
   * `pieceBytes` bytes. It is agreed on before.
   */
  sum(call: Call, at: number, count: number, type: WireType, pieceBytes: number): void {
    const piece = Math.max(1, Math.floor(pieceBytes / BYTES[type]))
    for (let i = 0; i < count; i += piece) {
      const [from, length] = [at + i * BYTES[type], Math.min(piece, count - i)]
      this.#finish(call, MOVING, () => this.#link.beginSum(from, length, type))
    }
  }

  /** Sends bytes in the kernels' memory from rank `root` to the others. It is agreed on before. */
  broadcast(call: Call, at: number, bytes: number, root: number, pieceBytes: number): void {
    for (let i = 0; i < bytes; i += pieceBytes) {
      const length = Math.min(pieceBytes, bytes - i)
      this.#finish(call, MOVING, () => this.#link.beginBroadcast(at + i, length, root))
    }
  }

  /** The bytes of each rank, which may have different lengths. */
  gather(call: Call, own: Uint8Array): Uint8Array[] {
    return this.#gatherPadded(call, own, this.agree(call, own.length))
  }

  #gatherPadded(call: Call, own: Uint8Array, lengths: readonly number[]): Uint8Array[] {
    const longest = Math.max(...lengths)
    const padded = new Uint8Array(new ArrayBuffer(Math.max(longest, 64)), 0, longest)
    padded.set(own)
    return this.#gather(call, padded).map((bytes, rank) => bytes.subarray(0, lengths[rank]))
  }

  /** The bytes of each rank, of one length. */
  #gather(call: Call, own: Uint8Array, asking = MOVING): Uint8Array[] {
    const { size } = this.#link
    const all = new Uint8Array(new ArrayBuffer(Math.max(own.length * size, 64)))
    const used = all.subarray(0, own.length * size)
    this.#finish(call, asking, () => this.#link.beginGather(own, used))
    return Array.from({ length: size }, (_, rank) =>
      all.subarray(rank * own.length, (rank + 1) * own.length),
    )
  }

  /** Makes a call of the library. What the library refuses ends the group. */
  #finish(call: Call, asking: number, begin: () => void): void {
    try {
      begin()
      this.#wait(call, asking)
    } catch (error) {
      if (this.#broken !== null) throw error
      this.#broken = `${textOf(call)}: ${(error as Error).message}`
      throw new GroupError(`${this.#broken}: end this process, and begin anew from a checkpoint`, {
        cause: error,
      })
    }
  }

  /**
   * Waits for the call that has begun. After `asking` milliseconds it sleeps between two questions,
   * because other ranks may need this core.
   */
  #wait(call: Call, asking: number): void {
    const begin = performance.now()
    let hasTold = false
    for (let asked = 1; !this.#link.isDone(); asked++) {
      if (asked % 64 !== 0) continue
      const waited = performance.now() - begin
      if (waited > TELLING && !hasTold) {
        this.#link.tell(this.#count)
        hasTold = true
      }
      if (waited > this.#timeoutMs) this.#giveUp(call)
      if (waited > asking) Atomics.wait(sleeping, 0, 0, SLEEP)
    }
  }

  #giveUp(call: Call): never {
    const { rank, size } = this.#link
    const told = this.#link.told()
    const waiting = Array.from({ length: size }, (_, k) => k).filter(
      (k) => k === rank || told[k] === this.#count,
    )
    const missing = Array.from({ length: size }, (_, k) => k).filter((k) => !waiting.includes(k))
    const got = missing.length === 0 ? 'no end of the transfer' : `no word from ${ranks(missing)}`
    const message =
      `${call.name}: expected all ranks within ${this.#timeoutMs} ms, got ${got}, while ` +
      `${ranks(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} in ${textOf(call)}`
    this.#broken = message
    throw new GroupError(
      `${message}: a rank skipped the call, ended, was cut off, or needs more time ` +
        '({ timeoutMs } of joinGroup)',
    )
  }

  /** Leaves together with the other ranks. Returns whether they leave as well. */
  leave(): boolean {
    if (this.#broken !== null) return false
    try {
      this.agree({ name: 'close', what: '' })
      this.#link.finalize()
      return true
    } catch (error) {
      this.#broken = (error as Error).message
      return false
    }
  }

  /** Ends all ranks. */
  abort(code: number): void {
    this.#link.abort(code)
  }
}

const NUMBER = 8
const sleeping = new Int32Array(new SharedArrayBuffer(4))

const textOf = ({ name, what }: Call): string => (what === '' ? name : `${name} of ${what}`)

/** 'rank 0', 'ranks 0, 2', 'ranks 1 to 3'. */
export function ranks(list: readonly number[]): string {
  const [first, last] = [list[0] as number, list.at(-1) as number]
  if (list.length === 1) return `rank ${first}`
  const isRun = list.length > 2 && last - first === list.length - 1
  return `ranks ${isRun ? `${first} to ${last}` : list.join(', ')}`
}
