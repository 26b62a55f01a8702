// Tensors of a file of PyTorch: their storages as numbers, and the view of them that a tensor is.
import { type DType, type Tensor, type TypedArray, tensor } from '../../tensor/index.ts'
import { MOST_AXES, show } from '../../tensor/internal.ts'
import { brainHalves, halves } from '../bytes.ts'
import { DAMAGED, refuse, SAVE_STATE } from './error.ts'
import { Call, Dict, Stored, Tuple } from './pickle.ts'

/** Numbers as a storage holds them. */
interface Raw {
  readonly length: number
  [i: number]: number | bigint
  subarray(from: number, to: number): Raw
}

interface StorageKind {
  readonly dtype: DType
  readonly Raw: {
    new (length: number): Raw
    new (buffer: ArrayBufferLike, at: number, length: number): Raw
    readonly BYTES_PER_ELEMENT: number
  }
  /** What tensor() takes for them; left out where it takes them as they are. */
  readonly decoded?: (raw: Raw, path: string) => TypedArray
}

/** f of each number, in `to`. */
function each<T extends TypedArray, N>(raw: Raw, to: T, f: (x: N) => number): T {
  for (let i = 0; i < raw.length; i++) to[i] = f(raw[i] as N)
  return to
}

function whole(x: bigint, path: string): number {
  if (x === BigInt.asIntN(32, x)) return Number(x)
  return refuse(
    `${path}expected whole numbers that fit int32, got ${x}: convert them before saving: ` +
      '.to(torch.float64)',
  )
}

/** The float32 of numbers of 16 bits. */
function floats(raw: Raw, widen: typeof halves): Float32Array {
  const to = new Float32Array(raw.length)
  widen(new Int32Array(to.buffer), raw as ArrayLike<number>)
  return to
}

const KINDS: ReadonlyMap<string, StorageKind> = new Map<string, StorageKind>([
  ['torch.FloatStorage', { dtype: 'float32', Raw: Float32Array }],
  ['torch.DoubleStorage', { dtype: 'float64', Raw: Float64Array }],
  [
    'torch.HalfStorage',
    { dtype: 'float32', Raw: Uint16Array, decoded: (raw) => floats(raw, halves) },
  ],
  [
    'torch.BFloat16Storage',
    { dtype: 'float32', Raw: Uint16Array, decoded: (raw) => floats(raw, brainHalves) },
  ],
  [
    'torch.LongStorage',
    {
      dtype: 'int32',
      Raw: BigInt64Array,
      decoded: (raw, path) => each(raw, new Int32Array(raw.length), (x: bigint) => whole(x, path)),
    },
  ],
  ['torch.IntStorage', { dtype: 'int32', Raw: Int32Array }],
  ['torch.ShortStorage', { dtype: 'int32', Raw: Int16Array }],
  ['torch.CharStorage', { dtype: 'int32', Raw: Int8Array }],
  ['torch.ByteStorage', { dtype: 'int32', Raw: Uint8Array }],
  [
    'torch.BoolStorage',
    {
      dtype: 'bool',
      Raw: Uint8Array,
      decoded: (raw) => each(raw, new Uint8Array(raw.length), (x) => (x === 0 ? 0 : 1)),
    },
  ],
])

const REBUILD = 'torch._utils._rebuild_tensor_v2'
const PARAMETER = 'torch._utils._rebuild_parameter'
export const SIZE = 'torch.Size'

/** Whether a file of tensors may name this. */
export const isKnown = (path: string): boolean =>
  KINDS.has(path) || path === REBUILD || path === PARAMETER || path === SIZE

/** How much larger all tensors together may be than the file, as views may share storages. */
const MOST_SHARED = 16

/** The tensors of one file. */
export class Tensors {
  readonly #find: (key: string) => Uint8Array | null
  readonly #storages = new Map<string, Raw>()
  #bytesLeft: number

  /** `find` gives the bytes of a storage, `size` is that of the file. */
  constructor(size: number, find: (key: string) => Uint8Array | null) {
    this.#find = find
    this.#bytesLeft = MOST_SHARED * size
  }

  /** The tensor that a call describes. Messages begin with `path`. */
  make(call: Call, path: string): Tensor {
    if (call.path === REBUILD) return this.#view(call.args, path)
    const [data] = call.args
    if (call.path !== PARAMETER || !(data instanceof Call) || data.path !== REBUILD)
      refuse(`${path}expected a tensor, got ${call.path}: ${SAVE_STATE}`)
    return this.#view(data.args, path)
  }

  #view(args: readonly unknown[], path: string): Tensor {
    const [stored, offset, size, stride, , , metadata] = args
    const [shape, strides] = [countsOf(size), countsOf(stride)]
    if (!(stored instanceof Stored) || !isCount(offset) || shape.length !== strides.length)
      return refuse(`${path}expected storage, offset, sizes and strides, got less: ${DAMAGED}`)
    if (metadata !== undefined && !(metadata instanceof Dict && metadata.pairs.length === 0))
      refuse(
        `${path}expected numbers as they are stored, got a negated view: save tensor.resolve_neg()`,
      )
    const kind = KINDS.get(stored.type)
    if (kind === undefined)
      return refuse(`${path}expected a storage, got ${stored.type}: ${DAMAGED}`)
    const storage = this.#storage(stored, kind, path)
    const n = shape.includes(0) ? 0 : shape.reduce((product, k) => product * k, 1)
    const last = n === 0 ? 0 : shape.reduce((sum, k, i) => sum + (k - 1) * strides[i], offset) + 1
    if (shape.length > MOST_AXES || last > storage.length)
      refuse(
        `${path}expected a tensor within the ${storage.length} numbers of its storage, got ` +
          `${show(shape)} from number ${offset} on: ${DAMAGED}`,
      )
    // A stride of 0 lets a small file ask for any amount.
    if (n > storage.length)
      refuse(
        `${path}expected no more numbers than its storage has, ${storage.length}, got ` +
          `${show(shape)}: save tensor.contiguous()`,
      )
    this.#bytesLeft -= n * kind.Raw.BYTES_PER_ELEMENT
    if (this.#bytesLeft < 0)
      refuse(
        `${path}expected tensors of at most ${MOST_SHARED} times the size of the file, got ` +
          'more: save a tensor.clone() of each',
      )
    const raw = gathered(storage, kind, offset, shape, strides, n)
    const data = kind.decoded?.(raw, path) ?? (raw as TypedArray)
    return tensor(data, { shape, dtype: kind.dtype })
  }

  /** The numbers of a storage, which are copied once where they are not aligned. */
  #storage({ type, key, count }: Stored, { Raw }: StorageKind, path: string): Raw {
    const name = `${type} ${key}`
    const before = this.#storages.get(name)
    if (before !== undefined) return before
    const bytes =
      this.#find(key) ?? refuse(`${path}expected an entry data/${key}, got none: ${DAMAGED}`)
    const length = bytes.length / Raw.BYTES_PER_ELEMENT
    if (length !== count)
      refuse(
        `${path}expected ${count} numbers of ${Raw.BYTES_PER_ELEMENT} bytes in data/${key}, got ` +
          `${bytes.length} bytes: ${DAMAGED}`,
      )
    const { buffer, byteOffset } = aligned(bytes, Raw.BYTES_PER_ELEMENT)
    const storage = new Raw(buffer, byteOffset, length)
    this.#storages.set(name, storage)
    return storage
  }
}

const aligned = (bytes: Uint8Array, size: number): Uint8Array =>
  bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes)

const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0

function countsOf(x: unknown): readonly number[] {
  const items = x instanceof Tuple ? x.items : [null]
  return items.every(isCount)
    ? items
    : refuse(`expected whole numbers as sizes, got others: ${DAMAGED}`)
}

/** n numbers of a storage in the order of the shape. */
function gathered(
  storage: Raw,
  { Raw }: StorageKind,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
  n: number,
): Raw {
  const axes = shape.map((size, k) => ({ size, stride: strides[k] })).filter(({ size }) => size > 1)
  if (n <= 1 || isDense(axes)) return storage.subarray(offset, offset + n)
  const { size: width, stride } = axes.pop() as Axis
  const out = new Raw(n)
  const at = axes.map(() => 0)
  let place = offset
  for (let i = 0; i < n; i += width) {
    for (let j = 0; j < width; j++) out[i + j] = storage[place + j * stride]
    for (let k = axes.length - 1; k >= 0; k--) {
      place += axes[k].stride
      if (++at[k] < axes[k].size) break
      place -= axes[k].stride * axes[k].size
      at[k] = 0
    }
  }
  return out
}

interface Axis {
  readonly size: number
  readonly stride: number
}

/** Whether numbers stand one behind the other. */
function isDense(axes: readonly Axis[]): boolean {
  let dense = 1
  for (let k = axes.length - 1; k >= 0; k--) {
    if (axes[k].stride !== dense) return false
    dense *= axes[k].size
  }
  return true
}
