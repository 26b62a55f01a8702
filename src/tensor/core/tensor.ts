// The Tensor class: dtype, shape, storage and perhaps a node of the tape. Its operations are
// defined in ops/, and methods.ts adds them to the class.

import { Node } from '../../autograd/index.ts'
import { census, locationOf, moveIn } from '../../kernels/memory/heap.ts'
import type { Storage } from '../../kernels/memory/storage.ts'
import { toText } from '../inspect/format.ts'
import { ARRAYS, type DType, requireFloat, requireSame, type TypedArray } from './dtype.ts'
import { noteDetach } from './effects.ts'
import { DTypeError, noTensor, ShapeError, TapeError, ValueError } from './errors.ts'
import { outOfMemory } from './outOfMemory.ts'
import { requireFlag } from './require.ts'
import { differentiating, freeGradient, noteMaterialized, noteTransposed } from './scopes.ts'
import { type Shape, sameShape, show, sizeOf } from './shape.ts'
import { copyInOrder } from './transposed.ts'

/**
 * The nodes of frozen leaves, which require no gradient for a while: graphs recorded before still
 * refer to them.
 */
const frozen = new WeakMap<Tensor, Node<Tensor>>()

declare const sizes: unique symbol

/**
 * An n-dimensional array of numbers that records how it was computed, where a gradient may be
 * required. Tensors are made by `tensor`, `zeros`, `randn`, …, never with `new`.
 *
 * ```ts
 * const x = tensor([1, 2, 3], { requiresGrad: true })
 * x.square().sum().backward()
 * x.grad // [2, 4, 6]
 * ```
 */
export class Tensor<S extends Shape = Shape> {
  /** The size of each axis; empty for a 0-d tensor. */
  readonly shape: Shape
  /** 'float32', 'float64', 'int32' or 'bool'. */
  readonly dtype: DType
  /** Number of elements. */
  readonly size: number
  /** @internal */
  readonly storage: Storage
  /** @internal Bytes from the storage's beginning: views share a storage. */
  readonly byteOffset: number
  /**
   * @internal Whether the storage holds the last two axes in the other order: t() makes such
   * tensors, and matmul reads them without a copy.
   */
  readonly transposed: boolean
  /** @internal */
  node: Node<Tensor> | null = null
  /**
   * For the compiler alone. S is a method's parameter, so that a tensor may be assigned where
   * either shape could be the other.
   */
  declare readonly [sizes]?: { fit(shape: S): void }
  #grad: Tensor | null = null
  #ownsGrad = false
  /** @internal The last result of materialize() for a transpose. */
  materialized: Tensor | null = null
  /** @internal The name that `named` gave it. */
  label: string | null = null

  /** @internal */
  constructor(
    storage: Storage,
    byteOffset: number,
    shape: Shape,
    dtype: DType,
    transposed: boolean,
  ) {
    if (transposed === undefined)
      throw new ValueError(
        'Tensor: expected no new, got new Tensor(…): use tensor([1, 2]), zeros([2, 3]), …',
      )
    this.storage = storage
    this.byteOffset = byteOffset
    this.shape = shape
    this.dtype = dtype
    this.size = sizeOf(shape)
    this.transposed = transposed
    if (transposed) noteTransposed(this)
  }

  /**
   * @internal False for a Proxy of a tensor: it has the methods, but neither the identity nor the
   * private fields.
   */
  static [Symbol.hasInstance](x: unknown): boolean {
    return typeof x === 'object' && x !== null && #grad in x
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length
  }

  /** True for tensors that require a gradient, and for all that is computed from them. */
  get requiresGrad(): boolean {
    return this.node !== null
  }

  /**
   * Throws a DTypeError unless the dtype is a float, and a TapeError for the result of an op: use
   * `detach()` there.
   */
  set requiresGrad(on: boolean) {
    requireFlag('requiresGrad', 'requiresGrad', on)
    if (on === this.requiresGrad) return
    if (!this.isLeaf)
      throw new TapeError('requiresGrad: expected a leaf, got the result of an op: use detach()')
    if (on) {
      requireFloat('requiresGrad', this.dtype)
      this.storage.pinned = true
    }
    if (this.node !== null) {
      this.node.hooks = null
      frozen.set(this, this.node)
    }
    this.node = on ? (frozen.get(this) ?? new Node<Tensor>(null, [], undefined, this)) : null
  }

  /** True unless the tensor was computed from one that requires a gradient. */
  get isLeaf(): boolean {
    return this.node === null || this.node.rule === null
  }

  /**
   * The gradient that backward() has summed up so far; null before, and after zeroGrad(). Only
   * leaves have one: throws a TapeError for the result of an op.
   */
  get grad(): Tensor<S> | null {
    requireTensor('grad', this)
    if (this.#grad === null && !this.isLeaf)
      throw new TapeError(
        `grad: expected a leaf, got the result of ${this.node?.rule?.name} ${show(this.shape)}: ` +
          'see its gradient by registerHook(…) or grad(y, x), or make it a leaf with detach()',
      )
    return this.#grad as Tensor<S> | null
  }

  /** Throws a ShapeError or DTypeError unless the gradient has the tensor's shape and dtype. */
  set grad(gradient: Tensor | null) {
    requireTensor('grad', this)
    if (gradient !== null) {
      requireTensor('grad', gradient)
      if (!sameShape(gradient.shape, this.shape))
        throw new ShapeError(
          `grad: expected a gradient of shape ${show(this.shape)}, got ${show(gradient.shape)}`,
        )
      requireSame('grad', this.dtype, gradient.dtype)
    }
    this.#grad = gradient
    this.#ownsGrad = false
  }

  /**
   * @internal Whether backward() made the gradient, so that it may be changed in place and
   * recycled.
   */
  get ownsGrad(): boolean {
    return this.#ownsGrad
  }

  /** @internal Sets a gradient that nothing else holds; null frees the numbers of such a one. */
  ownGrad(gradient: Tensor | null): void {
    if (gradient === null && this.#grad !== null && this.#ownsGrad) freeGradient(this.#grad.storage)
    this.#grad = gradient
    this.#ownsGrad = gradient !== null
  }

  /**
   * @internal The address of the numbers in the kernels' memory, in the order of the shape. It
   * moves them in first, and no others: an address is valid until the next allocation. Throws a
   * TapeError for numbers that were freed, or that changed after a derivative saved them, and a
   * MemoryError when there is no room.
   */
  address(): number {
    return this.transposed ? this.materialize().storedAddress() : this.storedAddress()
  }

  /** @internal The same, in the storage's own order of the last two axes. */
  storedAddress(): number {
    const { storage } = this
    if (
      storage.block === 0 ||
      (differentiating !== null && storage.changedAt >= differentiating.id)
    )
      this.#prepare()
    return storage.start + this.byteOffset
  }

  /**
   * @internal A view of the numbers, in the kernels' memory or outside, in the order of the shape.
   * Only the maker of the tensor writes to it. It is valid as long as an address, and throws alike.
   */
  elements(): TypedArray {
    if (this.transposed) return this.materialize().elements()
    requireReadable(this)
    const [buffer, at] = locationOf(this.storage)
    return new ARRAYS[this.dtype](buffer, at + this.byteOffset, this.size)
  }

  /** Moves the numbers into the kernels' memory; throws if they were freed or have changed. */
  #prepare(): void {
    requireReadable(this)
    if (this.storage.block === 0 && !moveIn(this.storage))
      throw outOfMemory(this.storage.maker, this.shape, this.dtype, census())
  }

  /**
   * @internal The tensor in the order of its shape: itself or, for a transpose, a copy, which is
   * kept until the numbers change.
   */
  materialize(): Tensor {
    if (!this.transposed) return this
    requireReadable(this)
    const { storage, materialized } = this
    const last = materialized?.storage
    if (last?.freed === null && last.copied && last.version === storage.version)
      return materialized as Tensor
    const copy = copyInOrder(this)
    copy.copied = true
    copy.version = storage.version
    noteMaterialized(this, copy)
    this.materialized = new Tensor(copy, 0, this.shape, this.dtype, false)
    return this.materialized
  }

  /**
   * Shape, dtype, the op that made it, and a rounded, shortened grid of the numbers.
   * `String(tensor([1, 2])) // 'tensor([1., 2.], shape (2), float32)'`
   */
  toString(): string {
    if (!(this instanceof Tensor)) return noTensor(this) // A Proxy can still be printed.
    return toText(
      this.storage.freed === null ? this.elements() : null,
      this.shape,
      this.dtype,
      this.node === null ? '' : (this.node.rule?.name ?? 'requiresGrad'),
    )
  }

  /**
   * The same numbers, cut off from the tape; they stay readable as long as they are held.
   * `tensor([1, 2]).detach().isLeaf // true`
   */
  detach(): Tensor<S> {
    this.storage.pinned = true
    const { storage, byteOffset, shape, dtype, transposed } = this
    const cut = new Tensor(storage, byteOffset, shape, dtype, transposed)
    noteDetach(this, cut)
    return cut
  }
}

/** Throws a DTypeError unless `x` is a tensor. */
export function requireTensor(who: string, x: unknown): asserts x is Tensor {
  if (!(x instanceof Tensor))
    throw new DTypeError(
      `${who}: expected a Tensor, got ${noTensor(x, ': make one with tensor(…)')}`,
    )
}

/** Throws a TapeError if the numbers were freed, or have changed since a derivative saved them. */
function requireReadable({ storage, shape }: Tensor): void {
  const { freed, maker, changedAt } = storage
  if (freed !== null) throw new TapeError(`${maker}: its result ${show(shape)} ${freed}`)
  if (differentiating !== null && changedAt >= differentiating.id)
    throw new TapeError(
      `backward: ${differentiating.rule?.name} saved a tensor of shape ${show(shape)} that ` +
        'assign_() or an optimiser has changed since: walk the graph before the change, and ' +
        'detach() values carried over from it',
    )
}
