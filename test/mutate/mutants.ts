// What a planted bug is. The bugs themselves stand in bugs/.

export interface Bug {
  /** The op of the registry whose own tests should catch it; they are run first. */
  readonly op?: string
  /** Text that occurs exactly once in the file, and what takes its place. */
  readonly find: string
  readonly replace: string
  /** What goes wrong. */
  readonly why: string
  /** Why no test can tell it from the original, where none can. */
  readonly equivalent?: string
}

/** A file and the bugs planted in it, one at a time. */
export interface Planting {
  readonly area:
    | 'derivatives'
    | 'tape'
    | 'memory'
    | 'layers'
    | 'optimisers'
    | 'kernels'
    | 'checkers'
  readonly file: string
  /**
   * The tests that should catch them, files or folders; those that follow are run for a bug that
   * got past these.
   */
  readonly tests: readonly string[]
  readonly further: readonly string[]
  readonly bugs: readonly Bug[]
}
