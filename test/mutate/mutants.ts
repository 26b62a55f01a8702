// What a planted bug is. The bugs themselves stand in bugs/, each table by the path of the source it
// is for: bugs/tensor/ops/reduce.ts is planted in src/tensor/ops/reduce.ts.

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
    | 'files'
    | 'derivations'
    | 'distributed'
  readonly file: string
  /** Tests, files or folders, that are near besides those that near.ts finds by the path. */
  readonly tests?: readonly string[]
  readonly bugs: readonly Bug[]
}

/** The bugs of one file, which the table's own path names. */
export type Table = readonly Omit<Planting, 'file'>[]
