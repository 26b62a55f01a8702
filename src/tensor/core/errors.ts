// The errors a caller may want to catch, one class each. Messages read
// `who: expected …, got …: remedy`.

import { foreignKind, OURS } from './otherCopy.ts'

/**
 * A shape, size or axis that does not fit.
 * `ones([2]).add(ones([3])) // ShapeError: add: cannot broadcast (2) with (3)…`
 */
export class ShapeError extends Error {
  override name = 'ShapeError'
}

/**
 * No tensor at all, an unknown dtype, or dtypes that may not be mixed.
 * `ones([2]).add(ones([2], { dtype: 'int32' })) // DTypeError: add: dtypes differ…`
 */
export class DTypeError extends Error {
  override name = 'DTypeError'
}

/**
 * A graph that cannot be walked, or numbers that were freed or have changed since.
 * `ones([]).backward() // TapeError: backward: this tensor ()…`
 */
export class TapeError extends Error {
  override name = 'TapeError'
}

/**
 * An index outside its axis, or no integer at all.
 * `ones([2]).select(0, 5) // IndexError: select: index 5 is outside -2..1`
 */
export class IndexError extends Error {
  override name = 'IndexError'
}

/**
 * No room for a tensor's numbers. `zeros([1e9, 1e3]) // MemoryError: zeros: expected room for…`
 */
export class MemoryError extends Error {
  override name = 'MemoryError'
}

/**
 * An option, hyper-parameter or other value that is not allowed.
 * `ones([2]).chunk(0) // ValueError: chunk: expected at least one chunk, got 0`
 */
export class ValueError extends Error {
  override name = 'ValueError'
}

/**
 * A library of the system that cannot be found, loaded or trusted.
 * `await useSystemBlas({ library: 'nowhere.so' }) // LibraryError: useSystemBlas: …`
 */
export class LibraryError extends Error {
  override name = 'LibraryError'
}

/**
 * A thread that did not finish its part of a call. The call's result may be half written: reading
 * it is an error from then on. All else is unchanged, and later calls run on one thread.
 * `await setThreads(2) // 2, and then perhaps ThreadError: setThreads: …`
 */
export class ThreadError extends Error {
  override name = 'ThreadError'
}

export { EngineError } from '../../kernels/engine.ts'

/**
 * A NaN or an Infinity that detectAnomaly() found.
 * `detectAnomaly(() => zeros([2]).log()) // AnomalyError: log (2): expected…`
 */
export class AnomalyError extends Error {
  override name = 'AnomalyError'
  /** The op that made it, or whose derivative did. */
  readonly op: string
  /** The shape of the op's result. */
  readonly shape: readonly number[]
  /** Whether the op itself made it, or its derivative. */
  readonly direction: 'forward' | 'backward'
  /** `file:line:column` of the user's code that called the op; null where it is not known. */
  readonly line: string | null

  constructor(
    message: string,
    {
      op,
      shape,
      direction,
      line,
      cause,
    }: Pick<AnomalyError, 'op' | 'shape' | 'direction' | 'line' | 'cause'>,
  ) {
    super(message, { cause })
    this.op = op
    this.shape = shape
    this.direction = direction
    this.line = line
  }
}

const UNREADABLE = 'an object that cannot be read'

/**
 * A value as text for messages: words and numbers as they are, arrays by their first elements,
 * tensors by their shape, other objects by their class or their keys.
 */
export function shown(x: unknown): string {
  try {
    return named(x, 2)
  } catch {
    return UNREADABLE
  }
}

function named(x: unknown, depth: number): string {
  if (typeof x === 'string') return JSON.stringify(x.length > 40 ? `${x.slice(0, 40)}…` : x)
  if (typeof x === 'function') return 'a function'
  if (typeof x === 'bigint') return `${x}n`
  if (typeof x !== 'object' || x === null) return String(x)
  if (Array.isArray(x))
    return depth === 0
      ? '[…]'
      : `[${listed(Array.from(x.slice(0, TOO_LONG), (element) => named(element, depth - 1)))}]`
  const foreign = foreignKind(x) ?? (resemblesTensor(x) && !(OURS in x) ? 'Tensor' : null)
  if (foreign !== null) return `a ${foreign} of another copy of tapegrad (load the package once)`
  if (resemblesTensor(x)) return `Tensor (${x.shape.join(', ')})`
  const name: unknown = Object.getPrototypeOf(x)?.constructor?.name
  if (typeof name === 'string' && name !== '' && name !== 'Object') return name
  return Object.keys(x).length === 0 ? '{}' : `{ ${listed(Object.keys(x))} }`
}

/** Lists of this length or more are shortened to their first three parts. */
const TOO_LONG = 9

const listed = (parts: readonly string[]): string =>
  (parts.length < TOO_LONG ? parts : [...parts.slice(0, 3), '…']).join(', ')

/** Whether this is a tensor, of this copy of the package or of another. */
export const resemblesTensor = (x: unknown): x is { shape: readonly unknown[] } =>
  typeof x === 'object' &&
  x !== null &&
  'storage' in x &&
  'dtype' in x &&
  'shape' in x &&
  Array.isArray(x.shape)

/** A value given in place of a tensor as text for messages, and the remedy. */
export function noTensor(x: unknown, remedy = ''): string {
  const text = shown(x)
  if (text === UNREADABLE || !resemblesTensor(x)) return text + remedy
  return OURS in x
    ? 'a Proxy of one: unwrap it (Vue: markRaw() or toRaw())'
    : 'one of another copy of tapegrad: load the package once'
}
