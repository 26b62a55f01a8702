// The errors a caller may want to catch, one class each. Messages read `who: expected …, got …: remedy`.

/** A shape, size or axis that does not fit. */
export class ShapeError extends Error {
  override name = 'ShapeError'
}

/** An unknown dtype, or dtypes that may not be mixed. */
export class DTypeError extends Error {
  override name = 'DTypeError'
}

/** A graph that cannot be walked, or numbers that are gone or have changed since they were recorded. */
export class TapeError extends Error {
  override name = 'TapeError'
}

/** An index outside its axis, or no integer at all. */
export class IndexError extends Error {
  override name = 'IndexError'
}

/** No room for the numbers asked for. */
export class MemoryError extends Error {
  override name = 'MemoryError'
}

/** An option or hyper-parameter that makes no sense. */
export class ValueError extends Error {
  override name = 'ValueError'
}

/** A library of the system that cannot be found, loaded or trusted. */
export class LibraryError extends Error {
  override name = 'LibraryError'
}

/** A NaN or an Infinity where detectAnomaly() looked for it. */
export class AnomalyError extends Error {
  override name = 'AnomalyError'
  /** The op that made it, or whose derivative did. */
  readonly op: string
  /** The shape of the op's result. */
  readonly shape: readonly number[]
  readonly direction: 'forward' | 'backward'
  /** `file:line:column` of the user's code that called the op; null where it is not known. */
  readonly line: string | null

  constructor(message: string, { op, shape, direction, line, cause }: Pick<AnomalyError, 'op' | 'shape' | 'direction' | 'line' | 'cause'>) {
    super(message, { cause })
    this.op = op
    this.shape = shape
    this.direction = direction
    this.line = line
  }
}

/** What a value is, as messages name it. */
export const kindOf = (x: unknown): string => (x === null ? 'null' : Array.isArray(x) ? 'an array' : typeof x)
/** A value itself, as messages show it. */
export const shown = (x: unknown): string => (typeof x === 'string' ? JSON.stringify(x) : String(x))
