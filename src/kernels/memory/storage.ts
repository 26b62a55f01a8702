// A tensor's numbers and their location: in a block of the heap, outside it, or gone. The heap
// allocates, moves and frees them.

import type { Ptr } from '../interface.ts'

/**
 * Blocks begin at cache lines, and the heap counts in lines of so many bytes: addresses in bytes
 * exceed the engine's small integers, and each would be an allocation.
 */
export const LINE = 64

/**
 * Nothing saved for backward. Every storage refers to this list, whose symbol makes
 * structuredClone() and postMessage() refuse, and is shown by their error: a clone of a storage,
 * here or in another thread, would hold no numbers.
 */
const NONE: readonly Storage[] = Object.assign([], {
  clone: Symbol(
    'a Tensor: send its shape and toTypedArray(), its toArray(), or JSON.stringify of it or of a ' +
      'stateDict()',
  ),
})

/**
 * A tensor's numbers: a block of the memory, or an ordinary typed array while evacuated, or nothing
 * once freed.
 */
export class Storage {
  readonly bytes: number
  /** The name of its op or creation (`zeros`, …), for messages. */
  readonly maker: string
  /** The block's first line, 0 while there is none. */
  block = 0
  evacuated: Uint8Array | null = null
  /** The offset of the numbers in `evacuated`. */
  evacuatedAt = 0
  /** Why the numbers are gone; null while they are not. */
  freed: string | null = null
  /** Its index in the heap's list of residents. */
  index = -1
  /** Freed only as garbage: of leaves, and of tensors that went through detach() or clone(). */
  pinned = false
  /** Made inside a derivative: freed when the backward pass no longer refers to it. */
  temporary = false
  refs = 0
  /** Saved for backward beside these numbers: freed with the graph, even where they are kept. */
  saved: readonly Storage[] = NONE
  /** The tape's clock when the numbers were last changed in place. */
  changedAt = 0
  /** Counts changes in place; a copy in another order has the count of its original. */
  version = 0
  /**
   * Holds numbers of another storage, because no view could: never changed in place, because the
   * other one would not change.
   */
  copied = false

  constructor(bytes: number, maker: string) {
    this.bytes = bytes
    this.maker = maker
  }

  /** Notes a change in place at this time of the tape's clock. */
  changed(at: number): void {
    this.changedAt = at
    this.version++
  }

  /** The address of the block. */
  get start(): Ptr {
    return this.block * LINE
  }
}
