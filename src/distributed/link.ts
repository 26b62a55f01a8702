// What a group needs of a library that connects processes. mpi/ has the only one.

import type { WireType } from './mpi/abi.ts'

/**
 * A connection of `size` processes. A collective call begins here and goes on while `isDone` is
 * asked; one at a time. Its memory must stay where it is until then.
 */
export interface Link {
  readonly rank: number
  readonly size: number
  /** The library with its version. */
  readonly library: string
  /** The sum over the ranks of `count` numbers in the kernels' memory, in place. */
  beginSum(at: number, count: number, type: WireType): void
  /** Bytes in the kernels' memory, from rank `root` to the others. */
  beginBroadcast(at: number, bytes: number, root: number): void
  /** The bytes of all ranks, in their order; those of one rank are `all.length / size`. */
  beginGather(own: Uint8Array, all: Uint8Array): void
  /** Whether the call that began last is done. */
  isDone(): boolean
  /** Sends a number to all other ranks, without waiting for them. */
  tell(x: number): void
  /** The last number that each rank told since the last question; null for those without one. */
  told(): readonly (number | null)[]
  /** Ends the processes of all ranks. */
  abort(code: number): void
  /** Leaves; all ranks must do so. */
  finalize(): void
}
