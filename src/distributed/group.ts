// A group of processes that compute together, and its collective calls on tensors and plain values.
// joinGroup.ts makes it.

import { deserialize, serialize } from 'node:v8'
import { abandon } from '../kernels/memory/heap.ts'
import { DTypeError, Generator, Tensor, ValueError } from '../tensor/index.ts'
import {
  BYTES,
  bringIn,
  changing,
  noTensor,
  requireChangeable,
  requireWhole,
  show,
  shown,
} from '../tensor/internal.ts'
import { GroupError } from './errors.ts'
import type { Call, Exchange } from './exchange.ts'

/**
 * The largest piece in which numbers are sent: 4 MB. In shared memory 10⁷ numbers take half the
 * time in such pieces.
 */
export const PIECE = 4 * 2 ** 20

/**
 * The processes that one launcher started, each a rank: `joinGroup` gives the group. All methods
 * but `generator`, `abort` and `toString` are collective: every rank calls them, in the same order,
 * with the same shapes and dtypes. They return when all ranks have come. Each throws a GroupError
 * on all ranks where their calls differ; nothing has changed then. It throws one as well where a
 * rank does not come in time: the group is of no use any more then, and numbers that were on their
 * way are refused. In a group of one they wait for nobody.
 *
 * ```ts
 * const group = await joinGroup()
 * String(group) // 'rank 0 of 1 (no launcher)'
 * ```
 */
export class Group {
  /** The number of this process, from 0. Rank 0 is the one that prints and writes. */
  readonly rank: number
  /** The number of processes. */
  readonly size: number
  /** What connects them; 'none' for a group of one without a launcher. */
  readonly backend: 'mpi' | 'none'
  /** The library with its version, as 'Open MPI 4.1.4'; null without one. */
  readonly library: string | null
  readonly #exchange: Exchange | null
  #state: 'open' | 'closed' | 'left alone' = 'open'

  /** @internal */
  constructor(
    { rank, size, library }: { rank: number; size: number; library: string | null },
    exchange: Exchange | null,
  ) {
    this.rank = rank
    this.size = size
    this.library = library
    this.backend = library === null ? 'none' : 'mpi'
    this.#exchange = exchange
  }

  /** `rank 0 of 4 (Open MPI 4.1.4)`. */
  toString(): string {
    return `rank ${this.rank} of ${this.size} (${this.library ?? 'no launcher'})`
  }

  /**
   * Replaces the numbers of t by their sum over all ranks, in place, and returns t. The order of
   * the sum depends on nothing but the number of ranks: all of them get the same bits, in every
   * run. Whole numbers wrap around. Throws a DTypeError for bools, a TapeError for the result of an
   * op: sum its detach().
   *
   * ```ts
   * const group = await joinGroup()
   * group.sum(tensor([3, 4])) // [3, 4]
   * ```
   */
  sum<T extends Tensor>(t: T): T {
    const { dtype } = this.#required('sum', t)
    if (dtype === 'bool')
      throw new DTypeError(
        "sum: expected float32, float64 or int32, got bool: convert with .to('int32')",
      )
    return this.#inPlace({ name: 'sum', what: described(t) }, t, (exchange, call, at) =>
      exchange.sum(call, at, t.size, dtype, PIECE),
    )
  }

  /**
   * Replaces the numbers of t by those that it has on rank `root`, in place, and returns t. Throws
   * a ValueError unless root is a rank, a TapeError for the result of an op.
   */
  broadcast<T extends Tensor>(t: T, root = 0): T {
    this.#required('broadcast', t)
    requireWhole('broadcast', 'root', root ?? null, 0, this.size - 1)
    const what = `${described(t)} from rank ${root}`
    return this.#inPlace({ name: 'broadcast', what }, t, (exchange, call, at) =>
      exchange.broadcast(call, at, t.size * BYTES[t.dtype], root, PIECE),
    )
  }

  /** Returns when all ranks have come here. */
  barrier(): void {
    this.exchangeFor('barrier')?.agree({ name: 'barrier', what: '' })
  }

  /**
   * The values of all ranks in their order, on every rank. They are copies, as structuredClone
   * makes them: numbers, texts, arrays, plain objects, Maps, typed arrays. Throws a ValueError for
   * what cannot be cloned: functions, tensors, modules.
   *
   * ```ts
   * const group = await joinGroup()
   * group.gather({ loss: 0.5 }).map(({ loss }) => loss) // [0.5]
   * ```
   */
  gather<V>(value: V): V[] {
    const exchange = this.exchangeFor('gather')
    let bytes: Uint8Array
    try {
      bytes = serialize(value)
    } catch (error) {
      throw new ValueError(
        `gather: expected a value that can be cloned, got ${shown(value)} (` +
          `${(error as Error).message}): gather plain values`,
      )
    }
    const all = exchange?.gather({ name: 'gather', what: '' }, bytes) ?? [bytes]
    return all.map((one) => deserialize(one) as V)
  }

  /**
   * A stream of random numbers for this rank alone. With one seed on all ranks each of them has
   * another stream; for equal numbers on all ranks use `new Generator(seed)`. Throws a ValueError
   * unless the seed is a whole number from 0 to 2³² − 1.
   */
  generator(seed: number): Generator {
    requireWhole('generator', 'seed', seed ?? null, 0, 2 ** 32 - 1)
    // The upper half of a seed is the rank, counted from 1: seeds up to 2³² are left to others.
    return new Generator((this.rank + 1) * 2 ** 32 + seed)
  }

  /**
   * Leaves the group; call it at the end. A second call does nothing. Where the other ranks do not
   * leave as well, or the group has failed, this process ends all of them when it ends.
   */
  close(): void {
    if (this.#state !== 'open') return
    const hasLeft = this.#exchange === null || this.#exchange.leave()
    this.#state = hasLeft ? 'closed' : 'left alone'
  }

  /** Ends the processes of all ranks at once, this one among them, with an exit code. */
  abort(code = 1): never {
    requireWhole('abort', 'code', code ?? null, 0, 255)
    if (this.#state !== 'closed') this.#exchange?.abort(code)
    process.exit(code)
  }

  /** @internal Whether this process may end without ending the others. */
  get hasLeft(): boolean {
    return this.#exchange === null || this.#state === 'closed'
  }

  /** @internal Why no further call can be made; null while all is well. */
  get failure(): string | null {
    return this.#exchange?.failure ?? null
  }

  /** @internal For the call `who`; null in a group of one. Throws where the group was closed. */
  exchangeFor(who: string): Exchange | null {
    if (this.#state !== 'open')
      throw new GroupError(
        `${who}: expected an open group, got one that was closed: close it after the last call`,
      )
    return this.#exchange
  }

  #required(who: string, t: Tensor): Tensor {
    if (!(t instanceof Tensor))
      throw new DTypeError(`${who}: expected a tensor, got ${noTensor(t, ': use tensor(x)')}`)
    requireChangeable(who, t)
    return t
  }

  #inPlace<T extends Tensor>(
    call: Call,
    t: T,
    send: (exchange: Exchange, call: Call, at: number) => void,
  ): T {
    const exchange = this.exchangeFor(call.name)
    if (exchange === null) return t
    bringIn([t])
    exchange.agree(call)
    return changing(call.name, t, (at) => abandonedOnFailure(at, () => send(exchange, call, at)))
  }
}

const described = (t: Tensor): string => `${t.dtype} ${show(t.shape)}`

/**
 * Runs `send`, which sends the numbers at an address of the kernels' memory. Where it fails they
 * are gone, and their place stays reserved: a transfer that was given up may still write there.
 */
export function abandonedOnFailure(at: number, send: () => void): void {
  try {
    send()
  } catch (error) {
    abandon([at], 'was being sent when its group failed: load it from where it was saved')
    throw error
  }
}

/** The exchange of an open group; null in a group of one. */
export function requireGroup(who: string, group: Group): Exchange | null {
  if (!(group instanceof Group))
    throw new ValueError(
      `${who}: expected a group, got ${shown(group)}: pass what joinGroup() gives, awaited`,
    )
  return group.exchangeFor(who)
}
