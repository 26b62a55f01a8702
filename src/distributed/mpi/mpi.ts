// Calls the MPI library of the system, on the kernels' memory: a Link. library.ts finds and loads
// it.

import { GroupError } from '../errors.ts'
import type { Link } from '../link.ts'
import type { WireType } from './abi.ts'
import type { Library, Native } from './library.ts'

/** The tag of what `tell` sends. */
const TAG = 1
const NUMBER = 8

/**
 * Joins the processes that were started together. Throws a GroupError where the library does not
 * let them, and when this process has joined before.
 */
export function joinMpi({ abi, version, functionOf, addressOf, kernelMemory }: Library): Link {
  const { handle, world, types, sum, inPlace, ignoreStatus } = abi
  const define = (name: string, parameters: readonly string[]): Native =>
    functionOf(`MPI_${name}`, 'int', parameters)
  const pointer = 'int64'
  const errorString = define('Error_string', ['int', pointer, pointer])
  // Only the bytes of a buffer of one's own stay where they are: V8 moves small typed arrays.
  const place = (bytes: number): { bytes: DataView; at: bigint } => {
    const own = new Uint8Array(new ArrayBuffer(Math.max(bytes, 64)))
    return { bytes: new DataView(own.buffer), at: addressOf(own) }
  }
  const text = place(1024)
  const answer = place(NUMBER)
  const call = (name: string, parameters: readonly string[]) => {
    const native = define(name, parameters)
    return (...operands: unknown[]): void => {
      const code = native(...operands)
      if (code === 0) return
      errorString(code, text.at, answer.at)
      const message = new Uint8Array(text.bytes.buffer, 0, answer.bytes.getInt32(0, true))
      throw new GroupError(`MPI_${name}: ${new TextDecoder().decode(message)}`)
    }
  }
  const flagOf = (ask: (flag: bigint) => void): number => {
    answer.bytes.setInt32(0, 0, true)
    ask(answer.at)
    return answer.bytes.getInt32(0, true)
  }

  const isInitialised = call('Initialized', [pointer])
  if (flagOf(isInitialised) !== 0)
    throw new GroupError(
      'joinGroup: expected a process that has not joined yet, got one that has: pass its group on',
    )
  call('Init', [pointer, pointer])(0n, 0n)
  call('Comm_set_errhandler', [handle, handle])(world, abi.returnErrors)
  const [rank, size] = ['Comm_rank', 'Comm_size'].map((name) =>
    flagOf((to) => call(name, [handle, pointer])(world, to)),
  )

  const iallreduce = call('Iallreduce', [pointer, pointer, 'int', handle, handle, handle, pointer])
  const ibcast = call('Ibcast', [pointer, 'int', handle, 'int', handle, pointer])
  const iallgather = call('Iallgather', [
    pointer,
    'int',
    handle,
    pointer,
    'int',
    handle,
    handle,
    pointer,
  ])
  const test = call('Test', [pointer, pointer, pointer])
  const isend = call('Isend', [pointer, 'int', handle, 'int', 'int', handle, pointer])
  const iprobe = call('Iprobe', ['int', 'int', handle, pointer, pointer])
  const receive = call('Recv', [pointer, 'int', handle, 'int', 'int', handle, pointer])
  const abort = call('Abort', [handle, 'int'])
  const finalize = call('Finalize', [])

  const request = place(NUMBER)
  const others = Array.from({ length: size }, (_, k) => k).filter((k) => k !== rank)
  /** What was told, and the requests of it: the library may read them until it is sent. */
  const sent: unknown[] = []
  const heard = place(NUMBER)
  /** Sent and received bytes of the present `beginGather`. */
  let held: readonly Uint8Array[] = []

  return {
    rank,
    size,
    library: version,
    beginSum(at, count, type: WireType) {
      iallreduce(inPlace, kernelMemory() + at, count, types[type], sum, world, request.at)
    },
    beginBroadcast(at, bytes, root) {
      ibcast(kernelMemory() + at, bytes, types.bytes, root, world, request.at)
    },
    beginGather(own, all) {
      held = [own, all]
      const [from, to] = held.map(addressOf)
      iallgather(from, own.length, types.bytes, to, own.length, types.bytes, world, request.at)
    },
    isDone() {
      const done = flagOf((flag) => test(request.at, flag, ignoreStatus)) !== 0
      if (done) held = []
      return done
    },
    tell(x) {
      const what = place(NUMBER)
      what.bytes.setFloat64(0, x, true)
      sent.push(what)
      for (const other of others) {
        const sending = place(NUMBER)
        sent.push(sending)
        isend(what.at, NUMBER, types.bytes, other, TAG, world, sending.at)
      }
    },
    told() {
      const last: (number | null)[] = Array.from({ length: size }, () => null)
      for (const other of others)
        while (flagOf((flag) => iprobe(other, TAG, world, flag, ignoreStatus)) !== 0) {
          receive(heard.at, NUMBER, types.bytes, other, TAG, world, ignoreStatus)
          last[other] = heard.bytes.getFloat64(0, true)
        }
      return last
    },
    abort: (code) => abort(world, code),
    finalize: () => finalize(),
  }
}
