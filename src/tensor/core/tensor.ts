// The Tensor itself: dtype, shape, storage and (maybe) a node of the tape. Its operations stand in
// ops/, each in one place, and join the class in methods.ts.

import { Node } from '../../autograd/index.ts'
import { census, locationOf, moveIn } from '../../kernels/memory/heap.ts'
import type { Storage } from '../../kernels/memory/storage.ts'
import { toText } from '../inspect/format.ts'
import { ARRAYS, type DType, requireFloat, requireSame, type TypedArray } from './dtype.ts'
import { DTypeError, noTensor, ShapeError, TapeError, ValueError } from './errors.ts'
import { outOfMemory } from './outOfMemory.ts'
import { requireFlag } from './require.ts'
import { differentiating, freeGradient, noteMaterialized, noteTransposed } from './scopes.ts'
import { type Shape, sameShape, show, sizeOf } from './shape.ts'
import { copyInOrder } from './transposed.ts'

/**
 * The nodes of leaves that require no gradient for a while: graphs recorded before go on to mean
 * them.
 */
const frozen = new WeakMap<Tensor, Node<Tensor>>()

declare const sizes: unique symbol

/**
 * An n-dimensional array of numbers that remembers how it was computed when a gradient may be asked
 * for. Tensors are made by `tensor`, `zeros`, `randn`, …, never with `new`.
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
   * @internal Whether the storage holds the last two axes in the other order: what t() gives, read
   * as it is by matmul.
   */
  readonly transposed: boolean
  /** @internal */
  node: Node<Tensor> | null = null
  /**
   * For the compiler alone: as a method's parameter, S lets tensors be assigned where either shape
   * could be the other.
   */
  declare readonly [sizes]?: { fit(shape: S): void }
  #grad: Tensor | null = null
  #ownsGrad = false
  /** @internal What materialize() gave last for a transpose. */
  materialized: Tensor | null = null

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
   * @internal Not a Proxy of a tensor: that has its methods, but neither its identity nor its
   * private fields.
   */
  static [Symbol.hasInstance](x: unknown): boolean {
    return typeof x === 'object' && x !== null && #grad in x
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length
  }

  /** True for tensors whose gradient is asked for, and for everything computed from them. */
  get requiresGrad(): boolean {
    return this.node !== null
  }

  /**
   * Throws a DTypeError unless the dtype is a float, a TapeError for the result of an op: cut that
   * off with `detach()`.
   */
  set requiresGrad(on: boolean) {
    if (on !== Boolean(on)) requireFlag('requiresGrad', 'requiresGrad', on)
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
   * leaves are given one: throws a TapeError for the result of an op.
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

  /**
   * @internal Takes a gradient that nobody else holds, or lets go of it and recycles its numbers.
   */
  ownGrad(gradient: Tensor | null): void {
    if (gradient === null && this.#grad !== null && this.#ownsGrad) freeGradient(this.#grad.storage)
    this.#grad = gradient
    this.#ownsGrad = gradient !== null
  }

  /**
   * @internal The address of the numbers in the kernels' memory, in the order of the shape. Brings
   * them there, which may move every other: an address is good until the next allocation, move or
   * copy of a transpose. Throws a TapeError for numbers that are gone, or that changed since a
   * derivative saved them, a MemoryError when there is no room.
   */
  address(): number {
    return this.transposed ? this.materialize().storedAddress() : this.storedAddress()
  }

  /** @internal The same, in the order in which the storage holds the last two axes. */
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
   * @internal The numbers wherever they are, in the order of the shape, no copy: to be read, or
   * written by the maker of the tensor. Good for as long as an address is. Throws as it does.
   */
  elements(): TypedArray {
    if (this.transposed) return this.materialize().elements()
    requireReadable(this)
    const [buffer, at] = locationOf(this.storage)
    return new ARRAYS[this.dtype](buffer, at + this.byteOffset, this.size)
  }

  /** Makes sure that the numbers are in the kernels' memory, and those that were recorded. */
  #prepare(): void {
    requireReadable(this)
    if (this.storage.block === 0 && !moveIn(this.storage))
      throw outOfMemory(this.storage.maker, this.shape, this.dtype, census())
  }

  /**
   * @internal The numbers in the order of the shape: itself, or, of a transpose, a copy which is
   * good until they change.
   */
  materialize(): Tensor {
    if (!this.transposed) return this
    requireReadable(this)
    const { storage, materialized } = this
    const known = materialized?.storage
    if (known?.freed === null && known.copied && known.version === storage.version)
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
    if (!(this instanceof Tensor)) return noTensor(this) // A Proxy may still be looked at.
    return toText(
      this.storage.freed === null ? this.elements() : null,
      this.shape,
      this.dtype,
      this.node === null ? '' : (this.node.rule?.name ?? 'requiresGrad'),
    )
  }

  /**
   * The same numbers, cut off from the tape; they stay readable however long they are kept.
   * `tensor([1, 2]).detach().isLeaf // true`
   */
  detach(): Tensor<S> {
    this.storage.pinned = true
    return new Tensor(this.storage, this.byteOffset, this.shape, this.dtype, this.transposed)
  }
}

/** Throws a DTypeError unless `x` is a tensor. */
export function requireTensor(who: string, x: unknown): asserts x is Tensor {
  if (!(x instanceof Tensor))
    throw new DTypeError(
      `${who}: expected a Tensor, got ${noTensor(x, ': make one with tensor(…)')}`,
    )
}

/**
 * Throws a TapeError when the numbers are gone, or a derivative that saved them finds them changed.
 */
function requireReadable({ storage, shape }: Tensor): void {
  const { freed, maker, changedAt } = storage
  if (freed !== null) throw new TapeError(`${maker}: its result ${show(shape)} ${freed}`)
  if (differentiating !== null && changedAt >= differentiating.id)
    throw new TapeError(
      `backward: ${differentiating.rule?.name} saved a tensor of shape ${show(shape)} that ` +
        'assign_() or an optimiser has changed since: walk the graph before the change, and ' +
        'detach() what is carried over from it',
    )
}
