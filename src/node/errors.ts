// The error of checkpoints, and how those of the file system become it.

/** A checkpoint that was not taken. */
export interface RefusedCheckpoint {
  /** The file. */
  readonly path: string
  /** What is wrong with it. */
  readonly reason: string
}

/**
 * A checkpoint that could not be written, or a folder without a whole one. What the file system
 * said is the `cause`.
 *
 * ```ts
 * try {
 *   saveCheckpoint('/dev/null/runs', 1, {})
 * } catch (error) {
 *   error instanceof CheckpointError // true
 * }
 * ```
 */
export class CheckpointError extends Error {
  override name = 'CheckpointError'
  /** The files that were damaged, the newest first; empty unless there were only such. */
  readonly refused: readonly RefusedCheckpoint[]

  /** @internal */
  constructor(
    message: string,
    { cause, refused = [] }: { cause?: unknown; refused?: readonly RefusedCheckpoint[] },
  ) {
    super(message, { cause })
    this.refused = refused
  }
}

/** The code of an error of the file system; undefined for others. */
export const codeOf = (error: unknown): string | undefined =>
  (error as { code?: string } | null)?.code

/**
 * The result of `body`. An error of it goes to `first`, and becomes a CheckpointError where that
 * returns: `expected …, got …: remedy`.
 */
export function attempt<T>(
  expected: string,
  remedy: string,
  body: () => T,
  first: (error: unknown) => void = () => {},
): T {
  try {
    return body()
  } catch (cause) {
    first(cause)
    const got = cause instanceof Error ? cause.message : String(cause)
    throw new CheckpointError(`${expected}, got ${got}: ${remedy}`, { cause })
  }
}
