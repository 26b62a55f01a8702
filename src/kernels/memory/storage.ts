// A tensor's numbers and where they are: in a block of the heap, outside it, or gone. Who places,
// moves and frees them is the heap.

import type { Ptr } from '../interface.ts'

/**
 * Blocks begin at multiples of a cache line and are counted in them: so their places stay small
 * integers, for which the engine allocates nothing.
 */
export const LINE = 64

/**
 * Nothing saved. A storage is where it is: a clone, here or in another thread, would hold no
 * numbers. The function makes structuredClone() and postMessage() refuse whatever reaches this
 * list, as every storage does, and its text is what they show.
 */
const NONE: readonly Storage[] = Object.assign([], {
  clone: () =>
    'A Tensor cannot be cloned or sent: send its shape and toTypedArray(), or its toArray(). ' +
    'This function',
})

/**
 * A tensor's numbers: a block of the memory, or an ordinary typed array while evacuated, or nothing
 * once freed.
 */
export class Storage {
  readonly bytes: number
  /** What made it (an op's name, `zeros`, …), for messages. */
  readonly maker: string
  /** The block's first line, 0 while there is none. */
  block = 0
  evacuated: Uint8Array | null = null
  /** Where in `home` the numbers begin. */
  evacuatedAt = 0
  /** Why there is nothing to read any more. */
  freed: string | null = null
  /** Its place in `residents`. */
  index = -1
  /**
   * Never freed before its tensor is garbage: leaves, and what went through detach() or clone().
   */
  pinned = false
  /** Made inside a derivative: freed when the walk no longer holds it anywhere. */
  temporary = false
  refs = 0
  /**
   * What was saved beside these numbers for their derivative: freed with the graph, even where the
   * numbers are kept.
   */
  saved: readonly Storage[] = NONE
  /** The tape's clock when the numbers were last changed in place. */
  changedAt = 0
  /**
   * How often the numbers were changed in place; a copy in another order has that of the storage it
   * was made of.
   */
  version = 0
  /**
   * Another storage's numbers, or some of them, because no view could give them: never changed in
   * place, which that other one would not see.
   */
  copied = false

  constructor(bytes: number, maker: string) {
    this.bytes = bytes
    this.maker = maker
  }

  /** Notes that the numbers were changed in place, at this time of the tape's clock. */
  changed(at: number): void {
    this.changedAt = at
    this.version++
  }

  /** Where the block begins in the memory. */
  get start(): Ptr {
    return this.block * LINE
  }
}
