// The signatures of the compiled kernels, which take addresses and counts and check nothing. Shapes
// are not known here.

/**
 * The part of WebAssembly.Memory in use here. Types that reach users name nothing of WebAssembly,
 * which not every library of types has.
 */
export interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/** A WebAssembly.Module. */
export type Module = object

/** An address in the kernels' memory, in bytes. */
export type Ptr = number

type Unary = (out: Ptr, a: Ptr, n: number) => void
type Grad = (out: Ptr, g: Ptr, y: Ptr, n: number) => void
/**
 * out (outer, inner) contiguous; element (i, j) of a is a[i·aOuter + j·aInner], aInner and bInner 0
 * or 1. out may be a or b where their strides are the contiguous ones.
 */
type Pair = (
  out: Ptr,
  a: Ptr,
  b: Ptr,
  outer: number,
  inner: number,
  aOuter: number,
  aInner: number,
  bOuter: number,
  bInner: number,
) => void
type Rows = (out: Ptr, a: Ptr, rows: number, cols: number) => void
type RowsGrad = (out: Ptr, g: Ptr, y: Ptr, rows: number, cols: number) => void
/** a (outer, n, inner) over n into out (outer, inner). */
type Reduction = (out: Ptr, a: Ptr, outer: number, n: number, inner: number) => void
type Draw = (out: Ptr, n: number, key0: number, key1: number, counter: number) => void

type UnaryName =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'reciprocal'
  | 'square'
  | 'tanh'
  | 'sigmoid'
  | 'relu'
type PairName =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'maximum'
  | 'minimum'
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
type Sizes = [n0: number, n1: number, n2: number, n3: number]
type DstStrides = [d0: number, d1: number, d2: number, d3: number]
type SrcStrides = [s0: number, s1: number, s2: number, s3: number]
/** Four dimensions and their strides in elements, which may be 0 (src) or negative. */
type Layout = [...Sizes, ...DstStrides, ...SrcStrides]

type Part = [i0: number, i1: number, j0: number, j1: number]
type AdamSettings = [
  beta1: number,
  beta2: number,
  eps: number,
  stepSize: number,
  rootCorrection: number,
  coupledDecay: number,
  shrink: number,
]

/**
 * One set per float type. n, m, k, … count elements; out may be the same block as an input of the
 * same layout.
 */
export interface FloatKernels
  extends Readonly<Record<UnaryName, Unary>>,
    Readonly<Record<PairName, Pair>> {
  /** g·(1 − y)·(1 + y) */
  readonly tanhGrad: Grad
  /** g·y·(1 − y) */
  readonly sigmoidGrad: Grad
  /** y > 0 ? g : 0 */
  readonly reluGrad: Grad
  /** condition has one byte per element; aStep and bStep are 0 or 1. */
  where(out: Ptr, condition: Ptr, a: Ptr, b: Ptr, n: number, aStep: number, bStep: number): void
  fill(out: Ptr, n: number, value: number): void
  /** dst ← a·dst + b·src. With a = 0 dst is not read. */
  axpby(dst: Ptr, src: Ptr, n: number, a: number, b: number): void
  /** Σ a·b, summed in float64. */
  dot(a: Ptr, b: Ptr, n: number): number
  /**
   * p ← p·shrink; g' = g + coupledDecay·p; m ← β1·m + (1 − β1)·g'; v ← β2·v + (1 − β2)·g'²; p ← p −
   * stepSize·m / (√v / rootCorrection + eps)
   */
  adam(p: Ptr, g: Ptr, m: Ptr, v: Ptr, n: number, ...settings: AdamSettings): void
  /** Sums in float64; accumulate = 1 adds to out. */
  sum(out: Ptr, a: Ptr, outer: number, n: number, inner: number, accumulate: number): void
  /** Columns j0 … j1 of the sum of a (n, inner), with the same bits; j0 is a multiple of 16. */
  sumPart(
    out: Ptr,
    a: Ptr,
    n: number,
    inner: number,
    accumulate: number,
    j0: number,
    j1: number,
  ): void
  /** NaN where there is one. */
  readonly max: Reduction
  readonly min: Reduction
  /** int32 out: the first of ties; NaN counts as the largest. */
  readonly argmax: Reduction
  /** Rows of nothing but −Infinity give NaN. */
  readonly softmax: Rows
  readonly logSoftmax: Rows
  /** out (rows). */
  readonly logSumExp: Rows
  /** y·(g − Σ g·y) */
  readonly softmaxGrad: RowsGrad
  /** g − exp(y)·Σ g */
  readonly logSoftmaxGrad: RowsGrad
  /**
   * out (rows) ← −w·log softmax(a)[target] of a (rows, cols), int32 targets, already checked; a row
   * of weight w = 0 is not read.
   */
  crossEntropy(out: Ptr, a: Ptr, target: Ptr, w: Ptr, rows: number, cols: number): void
  /** out (rows, cols) ← g·w·(softmax(a) − 1 at the target), g (rows); 0 in a row of weight 0. */
  crossEntropyGrad(out: Ptr, g: Ptr, a: Ptr, target: Ptr, w: Ptr, rows: number, cols: number): void
  /** dst += src */
  addStrided(dst: Ptr, src: Ptr, ...layout: Layout): void
  /** dst[index[i]] += src[i], rows of rowLength; int32 indices, already checked. */
  scatterAddRows(dst: Ptr, src: Ptr, index: Ptr, n: number, rowLength: number): void
  /** out[o, j, i] = a[o, index[o, j, i], i] */
  gather(
    out: Ptr,
    a: Ptr,
    index: Ptr,
    outer: number,
    nOut: number,
    nIn: number,
    inner: number,
  ): void
  /** dst[o, index[o, j, i], i] += src[o, j, i] */
  gatherAdd(
    dst: Ptr,
    src: Ptr,
    index: Ptr,
    outer: number,
    nOut: number,
    nIn: number,
    inner: number,
  ): void
  /**
   * out (m, n) [+]= op(a) · op(b), op(a) (m, k), op(b) (k, n), row-major; an operand with trans = 1
   * is stored transposed. The same bits for a shape each time.
   */
  matmul(
    out: Ptr,
    a: Ptr,
    b: Ptr,
    m: number,
    n: number,
    k: number,
    transA: number,
    transB: number,
    accumulate: number,
  ): void
  /** The elements that `packOperand` writes. */
  packedLength(n: number, k: number): number
  /** dst ← op(b) (k, n), packed for many products by `matmulPacked`. */
  packOperand(dst: Ptr, b: Ptr, n: number, k: number, transB: number): void
  matmulPacked(
    out: Ptr,
    a: Ptr,
    packed: Ptr,
    m: number,
    n: number,
    k: number,
    transA: number,
    accumulate: number,
  ): void
  /**
   * Rows i0 … i1 and columns j0 … j1 of a product, with the bits of the whole one, for k > 0; i0
   * and j0 are multiples of 32.
   */
  matmulPart(
    out: Ptr,
    a: Ptr,
    b: Ptr,
    m: number,
    n: number,
    k: number,
    transA: number,
    transB: number,
    accumulate: number,
    ...part: Part
  ): void
  matmulPackedPart(
    out: Ptr,
    a: Ptr,
    packed: Ptr,
    m: number,
    n: number,
    k: number,
    transA: number,
    accumulate: number,
    ...part: Part
  ): void
  /**
   * Runs `count` instructions for the rows `from` to `to` of `width` columns, `block` columns at a
   * time. The first `slots` operands are scratch of `slotBytes` bytes each, at `own`, or in the
   * kernels' scratch where that is 0. Of each other one the table has its address in row 0 at shift
   * 0, and the bytes by which it lies further on for each row, and for each 1 of `shift`. `work`
   * (nanoseconds) and `writes` (an address in each result) are for threads/cuts.ts.
   */
  program(
    code: Ptr,
    count: number,
    table: Ptr,
    slots: number,
    slotBytes: number,
    own: Ptr,
    from: number,
    to: number,
    shift: number,
    width: number,
    block: number,
    work: number,
    writes: readonly Ptr[],
  ): void
  /**
   * [0, 1) from Philox 4×32-10 under the key (key0, key1), starting at block `counter` (an integer
   * below 2^53). n elements take whole blocks: ⌈n / 4⌉ of float32, ⌈n / 2⌉ of float64. `normal`
   * takes the same.
   */
  readonly uniform: Draw
  /**
   * Box–Muller in float64 by the kernels' own log, sin and cos: the same bits on every platform.
   */
  readonly normal: Draw
}

export interface ByteKernels {
  /** dst ← src. Fast for d3 = s3 = 1, and for transposes of the last two dimensions. */
  copyStrided(itemSize: 1 | 4 | 8, dst: Ptr, src: Ptr, ...layout: Layout): void
  /** out[i] = table[index[i]], rows of rowBytes. */
  copyRows(out: Ptr, table: Ptr, index: Ptr, n: number, rowBytes: number): void
  /** int32 in [low, high), ⌈n / 4⌉ blocks. */
  randint(
    out: Ptr,
    n: number,
    low: number,
    high: number,
    key0: number,
    key1: number,
    counter: number,
  ): void
  /**
   * Uses tiles of 4 rows in the matrix product instead of 2: the same bits, faster where V8
   * combines two operations of 128 bits into one of 256.
   */
  useTallTiles(on: number): void
  /** One block of Philox 4×32-10: four words from the counter (c0, c1, c2, c3). */
  philox(out: Ptr, c0: number, c1: number, c2: number, c3: number, key0: number, key1: number): void
}
