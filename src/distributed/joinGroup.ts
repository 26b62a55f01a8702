// Joins the processes that a launcher started, and sees that none of them outlives the others.

import { fstatSync, writeSync } from 'node:fs'
import { ValueError } from '../tensor/index.ts'
import { requireChoice, requireLibraryName, requireOptions, shown } from '../tensor/internal.ts'
import { GroupError } from './errors.ts'
import { Exchange } from './exchange.ts'
import { Group } from './group.ts'
import type { Link } from './link.ts'
import { type Kind, loadMpi } from './mpi/library.ts'
import { joinMpi } from './mpi/mpi.ts'

/** How a group is joined. */
export interface JoinOptions {
  /** What connects the processes; 'mpi' is the only one. */
  backend?: 'mpi' | undefined
  /** The name or path of the MPI library; by default the one of the launcher. */
  library?: string | undefined
  /**
   * How long a call waits for the other ranks, in milliseconds: ten minutes by default, Infinity
   * without a limit.
   */
  timeoutMs?: number | undefined
}

/**
 * Joins the processes that `mpirun` started together. Without a launcher it is a group of one,
 * which needs no library: the same script runs in both ways.
 *
 * The process is tied to the others from then on. When it ends before `group.close()`, by an error
 * or by process.exit(), all of them end. Without an error, `close` is called at the end of the
 * process by itself.
 *
 * Needs the optional package `koffi` and an MPI library: Open MPI, MPICH, one of its descendants,
 * or one with the interface of MPI 5. Rejects with a GroupError that says what to install, and
 * where the library is another one than the launcher's; with a ValueError for options that are not
 * allowed.
 *
 * ```ts
 * const group = await joinGroup() // mpirun -np 4 npx tsx train.ts
 * group.size // 1
 * group.close()
 * ```
 */
export async function joinGroup(options: JoinOptions = {}): Promise<Group> {
  const {
    backend = 'mpi',
    library,
    timeoutMs = 600_000,
  } = requireOptions('joinGroup', options, ['backend', 'library', 'timeoutMs'])
  requireChoice('joinGroup', 'backend', backend, ['mpi'])
  requireLibraryName('joinGroup', library)
  if (!(typeof timeoutMs === 'number' && timeoutMs > 0))
    throw new ValueError(
      'joinGroup: expected timeoutMs to be a number of milliseconds above 0, got ' +
        shown(timeoutMs),
    )
  const launched = launcher()
  if (launched === null) return new Group({ rank: 0, size: 1, library: null }, null)
  requireConnection()
  const link = joinMpi(await loadMpi(library, launched.kind))
  requireAll(launched, link)
  const group = new Group(link, new Exchange(link, timeoutMs))
  endTogether(group, link)
  return group
}

/** Who started this process, and how many of them; null for the size where it does not say. */
interface Launcher {
  readonly kind: Kind | null
  readonly size: number | null
}

function launcher(): Launcher | null {
  const { OMPI_COMM_WORLD_SIZE, PMI_SIZE, PMIX_RANK, PMI_RANK } = process.env
  if (OMPI_COMM_WORLD_SIZE !== undefined)
    return { kind: 'Open MPI', size: Number(OMPI_COMM_WORLD_SIZE) }
  if (PMI_SIZE !== undefined) return { kind: 'MPICH', size: Number(PMI_SIZE) }
  return PMIX_RANK === undefined && PMI_RANK === undefined ? null : { kind: null, size: null }
}

/**
 * The launcher of MPICH hands its processes an open socket, which programs that start another
 * process, such as tsx, do not hand on.
 */
function requireConnection(): void {
  const { PMI_FD } = process.env
  if (PMI_FD === undefined || isSocket(Number(PMI_FD))) return
  throw new GroupError(
    'joinGroup: expected the connection to mpirun, got a closed one (PMI_FD): start Node itself, ' +
      'without npx or tsx before it: mpirun -np 2 node --import tsx train.ts',
  )
}

function isSocket(file: number): boolean {
  try {
    return fstatSync(file).isSocket()
  } catch {
    return false
  }
}

/** With another library than the launcher's each process is alone, and does not know of it. */
function requireAll({ kind, size }: Launcher, link: Link): void {
  if (size === null || size === link.size) return
  link.finalize()
  throw new GroupError(
    `joinGroup: expected the ${size} processes that ${kind} started, got ${link.size} by ` +
      `${link.library}: start them with the mpirun of that library, or name that of ${kind}, ` +
      '{ library }',
  )
}

/** Ends all ranks when this one ends without having left the group. */
function endTogether(group: Group, link: Link): void {
  let uncaught: unknown = null
  process.on('uncaughtExceptionMonitor', (error) => {
    uncaught = error
  })
  process.on('beforeExit', () => group.close())
  process.on('exit', (code) => {
    if (group.hasLeft) return
    // What was not caught is printed only after this event, which MPI_Abort does not outlive.
    const why =
      uncaught !== null
        ? `failed: ${uncaught instanceof Error ? uncaught.stack : String(uncaught)}`
        : group.failure === null
          ? `left its group without close(), with exit code ${code}`
          : `ended after its group had failed: ${group.failure}`
    writeSync(2, `tapegrad: rank ${group.rank} of ${group.size} ${why}\n`)
    // Launchers drop what they have not read when they end the processes.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    link.abort(code === 0 ? 1 : code)
  })
}
