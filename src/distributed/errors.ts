// The error of a group.

/**
 * A group that cannot be joined, calls that differ between the ranks, or a rank that does not come.
 * The message says which rank waits for what.
 *
 * ```ts
 * const group = await joinGroup()
 * group.close()
 * try {
 *   group.barrier()
 * } catch (error) {
 *   error instanceof GroupError // true
 * }
 * ```
 */
export class GroupError extends Error {
  override name = 'GroupError'
}
