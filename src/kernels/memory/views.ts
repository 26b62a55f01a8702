// Typed arrays over the WebAssembly memory, and no ownership: the one file that touches its buffer.
// Growing replaces the buffer, so a view is used at once and never kept.

import type { Memory, Ptr } from '../interface.ts'

type ArrayType = new (buffer: ArrayBuffer, at: Ptr, count: number) => unknown

/** `count` numbers at an address, to be read and written. */
export const viewOf = <A extends ArrayType>(memory: Memory, ARRAY: A, at: Ptr, count: number) =>
  new ARRAY(memory.buffer, at, count) as InstanceType<A>

/** Copies bytes to a place that may overlap theirs. */
export function moveBytes(memory: Memory, to: Ptr, from: Ptr, bytes: number): void {
  new Uint8Array(memory.buffer).copyWithin(to, from, from + bytes)
}

/** The buffer itself, another one after each growth. */
export const bufferOf = (memory: Memory): ArrayBuffer => memory.buffer

/** Whether other threads can work on the memory. */
export const isSharedMemory = (memory: Memory): boolean =>
  Object.prototype.toString.call(memory.buffer) === '[object SharedArrayBuffer]'
